from __future__ import annotations

import pytest

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.delivery.job_ticket import beyond_always, fit, left_out
from presswork.agent.spool.job import JobTicket
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, Enum, IntegerRange, Keyword, Resolution, Value


def printer(**supported: Value | tuple[Value, ...]) -> Capabilities:
    names = {
        name.replace("_", "-"): value if isinstance(value, tuple) else (value,) for name, value in supported.items()
    }
    return Capabilities({name: Attribute(name, values) for name, values in names.items()})


OVERRIDES = Attribute.of(
    "overrides",
    Collection(
        (Attribute.of("pages", IntegerRange(1, 1)), Attribute.of("sides", Keyword("one-sided"))),
    ),
)


@pytest.mark.parametrize(
    ("attribute", "able"),
    [
        (Attribute.of("copies", 3), printer(copies_supported=IntegerRange(1, 99))),
        (
            Attribute.of("sides", Keyword("two-sided-long-edge")),
            printer(sides_supported=Keyword("two-sided-long-edge")),
        ),
        (Attribute.of("media", Keyword("iso_a4_210x297mm")), printer(media_supported=Keyword("iso_a4_210x297mm"))),
        (Attribute.of("number-up", 2), printer(number_up_supported=(1, 2, 4))),
        (Attribute.of("number-up", 2), printer(number_up_supported=IntegerRange(1, 16))),
        (Attribute.of("page-ranges", IntegerRange(1, 2)), printer(page_ranges_supported=True)),
        (Attribute.of("finishings", Enum(4)), printer(finishings_supported=(Enum(3), Enum(4)))),
        (Attribute.of("output-bin", Keyword("top")), printer(output_bin_supported=Keyword("top"))),
        (Attribute.of("job-sheets", Keyword("standard")), printer(job_sheets_supported=Keyword("standard"))),
        (OVERRIDES, printer(overrides_supported=(Keyword("pages"), Keyword("sides")))),
    ],
    ids=lambda value: value.name if isinstance(value, Attribute) else "",
)
def test_what_must_be_done_is_asked_for_or_impossible(attribute: Attribute, able: Capabilities) -> None:
    ticket = JobTicket((attribute,))
    assert fit(ticket, able).attributes == (attribute,)
    assert fit(ticket, able).impossible == ()
    unable = fit(ticket, printer())
    assert unable.attributes == ()
    assert len(unable.impossible) == 1
    assert beyond_always(ticket) == (() if attribute.name == "media" else unable.impossible)


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute.of("copies", 1),
        Attribute.of("sides", Keyword("one-sided")),
        Attribute.of("finishings", Enum(3)),
        Attribute.of("output-bin", Keyword("face-down")),
        Attribute.of("job-sheets", Keyword("none")),
    ],
    ids=lambda attribute: attribute.name,
)
def test_what_every_printer_does_is_never_impossible(attribute: Attribute) -> None:
    assert fit(JobTicket((attribute,)), printer()) == fit(JobTicket(), printer())
    assert beyond_always(JobTicket((attribute,))) == ()


@pytest.mark.parametrize(
    ("attribute", "able"),
    [
        (
            Attribute.of("print-color-mode", Keyword("color")),
            printer(print_color_mode_supported=(Keyword("auto"), Keyword("color"))),
        ),
        (Attribute.of("print-quality", Enum(5)), printer(print_quality_supported=Enum(5))),
        (
            Attribute.of("printer-resolution", Resolution(600, 600)),
            printer(printer_resolution_supported=Resolution(600, 600)),
        ),
        (Attribute.of("media-col", Collection(())), printer(media_col_supported=Keyword("media-size"))),
    ],
    ids=lambda value: value.name if isinstance(value, Attribute) else "",
)
def test_what_only_tints_it_is_asked_for_where_it_can_be(attribute: Attribute, able: Capabilities) -> None:
    assert fit(JobTicket((attribute,)), able).attributes == (attribute,)
    assert fit(JobTicket((attribute,)), printer()) == fit(JobTicket(), printer())


def test_what_is_not_known_here_is_not_passed_on() -> None:
    odd = Attribute.of("job-hold-until", Keyword("indefinite"))
    assert fit(JobTicket((odd,)), printer(job_hold_until_supported=Keyword("indefinite"))).attributes == ()


def test_copies_out_of_range() -> None:
    assert fit(JobTicket((Attribute.of("copies", 100),)), printer(copies_supported=IntegerRange(1, 99))).impossible == (
        "several copies",
    )


def test_what_a_printer_ignored_counts_only_where_it_mattered() -> None:
    ticket = JobTicket(
        (
            Attribute.of("copies", 1),
            Attribute.of("sides", Keyword("two-sided-long-edge")),
            Attribute.of("print-quality", Enum(5)),
        )
    )
    assert left_out(("copies", "sides", "print-quality", "media"), ticket) == ("two-sided",)
    assert left_out((), ticket) == ()


def test_overrides_of_which_one_is_unknown_are_impossible() -> None:
    assert fit(JobTicket((OVERRIDES,)), printer(overrides_supported=Keyword("pages"))).impossible != ()


def test_a_priority_is_passed_on_where_there_are_any() -> None:
    ticket = JobTicket((Attribute.of("job-priority", 80),))
    assert fit(ticket, printer(job_priority_supported=100)).attributes == ticket.attributes
    assert fit(ticket, printer()) == fit(JobTicket(), printer())
