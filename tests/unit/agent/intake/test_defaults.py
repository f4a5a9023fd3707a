"""What a queue says for those who do not say it."""

from __future__ import annotations

from presswork.agent.intake.defaults import default_attributes, with_defaults
from presswork.agent.intake.printers import description_of
from presswork.agent.spool.job import JobTicket
from presswork.printer.job_template import JobTemplate
from presswork.protocols.control.words import NO_DEFAULTS, QueueDefaults
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, Keyword
from presswork.testing.intake import HOLD

ALL = QueueDefaults(copies=2, sides="two-sided-long-edge", print_color_mode="monochrome", media="iso_a5_148x210mm")


def test_what_the_ticket_does_not_say_is_the_queues() -> None:
    ticket = with_defaults(JobTicket((Attribute.of("sides", Keyword("one-sided")),)), ALL, from_spooler=False)
    assert {attribute.name: str(attribute.value) for attribute in ticket.attributes} == {
        "sides": "one-sided",
        "copies": "2",
        "print-color-mode": "monochrome",
        "media": "iso_a5_148x210mm",
    }


def test_paper_said_another_way_is_said() -> None:
    said = Attribute.of("media-col", Collection(()))
    assert "media" not in {
        attribute.name for attribute in with_defaults(JobTicket((said,)), ALL, from_spooler=False).attributes
    }


def test_the_printing_system_leaves_out_what_is_one_copy() -> None:
    ticket = with_defaults(JobTicket(()), ALL, from_spooler=True)
    assert ticket.copies == 1
    assert ticket.sides == "two-sided-long-edge"


def test_a_queue_without_defaults_and_a_size_nobody_knows_change_nothing() -> None:
    ticket = JobTicket(())
    assert with_defaults(ticket, NO_DEFAULTS, from_spooler=False) is ticket
    assert default_attributes(QueueDefaults(media="iso_a9_37x52mm")) == ()


def test_the_queues_printer_says_them_too() -> None:
    description = description_of(HOLD.model_copy(update={"defaults": ALL}), 21339)
    said = {attribute.name: attribute.value for attribute in JobTemplate(description).printer_attributes()}
    assert said["sides-default"] == "two-sided-long-edge"
    assert said["copies-default"] == 2
    assert said["print-color-mode-default"] == "monochrome"
    assert said["media-default"] == "iso_a5_148x210mm"
