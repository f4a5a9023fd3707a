from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from presswork.agent.host.linux.queues import OurQueues, QueueInCups
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.values import Enum, Name, OutOfBand, Tag, Uri

OURS = OurQueues(21339)


def spec(name: str = "bureau", **more: object) -> QueueSpec:
    return QueueSpec.model_validate({"queue_id": uuid4(), "name": name, "mode": "hold"} | more)


def in_cups(name: str = "bureau") -> QueueInCups:
    return QueueInCups(
        name=name,
        device_uri=OURS.device_uri(name),
        info=name,
        location="",
        op_policy="authenticated",
        error_policy="retry-job",
        capabilities_known=True,
        stopped=False,
        accepting=True,
        message="",
        policies=frozenset({"default", "authenticated"}),
    )


@pytest.mark.parametrize(
    ("uri", "ours"),
    [
        ("ipp://127.0.0.1:21339/ipp/print/bureau?waitjob=false", True),
        ("ipp://localhost:21339/ipp/print/bureau", True),
        ("ipp://localhost:21340/ipp/print/bureau", False),
        ("ipp://localhost/ipp/print/bureau", False),
        ("ipps://localhost:21339/ipp/print/bureau", False),
        ("ipp://localhost.example.org:21339/ipp/print/bureau", False),
        ("ipp://user@printer.example.org:21339/ipp/print/127.0.0.1:21339", False),
        ("ipp://localhost:21339/printers/bureau", False),
        ("socket://127.0.0.1:21339/ipp/print/", False),
        ("ipp://[::1/ipp/print/", False),
        ("ipp://localhost:port/ipp/print/x", False),
        ("", False),
    ],
)
def test_which_queues_are_ours(uri: str, ours: bool) -> None:
    assert OURS.is_ours(uri) is ours


def test_nothing_to_do() -> None:
    plan = OURS.plan([spec()], [in_cups()])
    assert (plan.install, plan.describe, plan.accept, plan.remove, plan.taken) == ((), (), (), (), ())


@pytest.mark.parametrize(
    ("present", "step"),
    [
        ([], "install"),
        ([replace(in_cups(), capabilities_known=False)], "install"),
        ([replace(in_cups(), device_uri="ipp://127.0.0.1:21339/ipp/print/bureau")], "install"),
        ([replace(in_cups(), device_uri=OURS.device_uri("other"))], "install"),
        ([replace(in_cups(), error_policy="stop-printer")], "describe"),
        ([replace(in_cups(), info="old")], "describe"),
        ([replace(in_cups(), location="old")], "describe"),
        ([replace(in_cups(), accepting=False)], "accept"),
        ([replace(in_cups(), device_uri="socket://192.0.2.1")], "taken"),
        ([in_cups(), in_cups("old")], "remove"),
    ],
)
def test_one_difference_is_one_step(present: list[QueueInCups], step: str) -> None:
    plan = OURS.plan([spec()], present)
    steps = {name: [getattr(each, "name", each) for each in getattr(plan, name)] for name in plan.__dataclass_fields__}
    assert {name for name, queues in steps.items() if queues} == {step}
    assert steps[step] == (["old"] if step == "remove" else ["bureau"])


def test_a_queue_that_proved_no_owner_is_made_anew_without_its_jobs() -> None:
    plan = OURS.plan([spec()], [replace(in_cups(), op_policy="default")])
    assert (plan.remove, [each.name for each in plan.install], plan.describe) == (("bureau",), ["bureau"], ())


@pytest.mark.parametrize(
    ("name", "uri", "back_door"),
    [
        ("bureau", "ipp://127.0.0.1:21339/ipp/print/bureau?waitjob=false", False),
        ("Bureau", "ipp://localhost:21339/ipp/print/bureau", False),
        ("mine", "ipp://127.0.0.1:21339/ipp/print/bureau?waitjob=false", True),
        ("mine", "ipp://LOCALHOST:21339/ipp/print/bureau", True),
        ("mine", "http://127.0.0.1:21339/ipp/print/bureau", True),
        ("bureau", "http://127.0.0.1:21339/ipp/print/bureau", True),
        ("bureau", "ipp://127.0.0.1:21339//ipp/print/bureau", True),
        ("mine", "ipp://[::1]:21339/ipp/print/bureau", True),
        ("other", "ipp://192.0.2.1:21339/ipp/print/other", False),
        ("near", "ipp://127.0.0.1:21340/ipp/print/bureau", False),
        ("broken", "ipp://[::1/ipp/print/bureau", False),
    ],
)
def test_which_queues_are_back_doors(name: str, uri: str, *, back_door: bool) -> None:
    assert OURS.is_back_door(replace(in_cups(name), device_uri=uri)) is back_door


def test_names_of_cupsd_have_no_case() -> None:
    assert OURS.plan([spec("Bureau")], [replace(in_cups("bureau"), device_uri=OURS.device_uri("Bureau"))]).remove == ()
    assert OURS.plan([spec("BUREAU")], [replace(in_cups(), device_uri="ipp://a")]).taken == ("BUREAU",)


def test_what_a_person_closed_is_not_opened() -> None:
    closed = replace(in_cups(), accepting=False, message="Rejecting Jobs")
    assert OURS.plan([spec()], [closed]).accept == ()
    assert not replace(in_cups(), stopped=True, message="Paused").stopped_by_cupsd
    assert replace(in_cups(), stopped=True, message="Unable to add document to print job.").stopped_by_cupsd


def test_an_answer_with_unexpected_values_is_read() -> None:
    group = Group.of(
        Tag.PRINTER,
        [
            Attribute.of("printer-name", Name("bureau")),
            Attribute.of("device-uri", Uri("file:///dev/null")),
            Attribute.of("printer-state", OutOfBand.UNKNOWN),
            Attribute.of("printer-is-accepting-jobs", 1),
        ],
    )
    queue = QueueInCups.of(group)
    assert (queue.name, queue.accepting, queue.stopped, queue.policies) == ("bureau", False, False, frozenset())
    assert QueueInCups.of(Group.of(Tag.PRINTER, [Attribute.of("printer-state", Enum(5))])).stopped


def test_for_whom_a_queue_is_and_its_options_are_described_without_asking_anew() -> None:
    for wanted in (
        spec(accounts=("ada",)),
        spec(defaults={"copies": 2}),
        spec(defaults={"sides": "two-sided-short-edge"}),
    ):
        plan = OURS.plan([wanted], [in_cups()])
        assert (plan.describe, plan.renew, plan.install) == ((wanted,), (), ())
    there = replace(in_cups(), allowed=frozenset({"ada", "bob"}), copies=2, duplex="DuplexTumble")
    wanted = spec(accounts=("bob", "ada"), defaults={"copies": 2, "sides": "two-sided-short-edge"})
    assert OURS.plan([wanted], [there]).describe == ()
    assert OURS.plan([spec()], [there]).describe


def test_other_paper_or_colour_is_asked_about_anew() -> None:
    gray = spec(defaults={"print_color_mode": "monochrome"})
    assert OURS.plan([gray], [in_cups()]).renew == (gray,)
    assert OURS.plan([gray], [replace(in_cups(), color_mode="monochrome")]).renew == ()
    small = spec(defaults={"media": "iso_a5_148x210mm"})
    assert OURS.plan([small], [replace(in_cups(), media="iso_a4_210x297mm")]).renew == (small,)
    assert OURS.plan([spec()], [replace(in_cups(), media="na_letter_8.5x11in", color_mode="monochrome")]).renew == ()
    unknown = spec(defaults={"media": "iso_a9_37x52mm"})
    assert OURS.plan([unknown], [replace(in_cups(), media="iso_a4_210x297mm")]).renew == ()


@pytest.mark.parametrize("account", ["@wheel", "all", "none", "a b", "#1", "-u", "%x"])
def test_a_name_that_means_something_else_to_cupsd_is_left_to_the_intake(account: str) -> None:
    attributes = {one.name: one.values for one in OURS.description(spec(accounts=(account, "ada")))}
    assert attributes["requesting-user-name-allowed"] == (Name("all"),)
    attributes = {one.name: one.values for one in OURS.description(spec(accounts=("eve", "ada")))}
    assert attributes["requesting-user-name-allowed"] == (Name("ada"), Name("eve"))
