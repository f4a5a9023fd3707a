"""What a queue says for those who do not say it (RFC 8011 §5.2): as its Printer shows it, and as a job gets it."""

from __future__ import annotations

from presswork.agent.spool.job import JobTicket
from presswork.printer.media import SIZES
from presswork.protocols.control.words import QueueDefaults
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword


def default_attributes(defaults: QueueDefaults) -> tuple[Attribute, ...]:
    """The Job Template attributes that the queue has a default of its own for. A size nobody knows is left out."""
    found: list[Attribute] = []
    if defaults.copies is not None:
        found.append(Attribute.of("copies", defaults.copies))
    if defaults.sides is not None:
        found.append(Attribute.of("sides", Keyword(defaults.sides)))
    if defaults.print_color_mode is not None:
        found.append(Attribute.of("print-color-mode", Keyword(defaults.print_color_mode)))
    if defaults.media in SIZES:
        found.append(Attribute.of("media", Keyword(str(defaults.media))))
    return tuple(found)


def with_defaults(ticket: JobTicket, defaults: QueueDefaults, *, from_spooler: bool) -> JobTicket:
    """The ticket with the queue's defaults for what it does not say.

    The printing system knows the defaults and has filled them in; it leaves out what is one copy.
    """
    said = {attribute.name for attribute in ticket.attributes}
    if from_spooler:
        said.add("copies")
    if "media-col" in said:  # that is the paper, said another way (PWG 5100.7 §6.3)
        said.add("media")
    missing = tuple(one for one in default_attributes(defaults) if one.name not in said)
    return JobTicket((*ticket.attributes, *missing)) if missing else ticket
