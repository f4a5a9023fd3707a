"""What of a job ticket is asked of a printer, and what it cannot do.

What changes the paper that comes out, such as two-sided, is never left out silently: the job then waits and says so.
What only tints it, such as a colour mode the printer does not have, is left to the printer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.spool.job import JobTicket
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, IntegerRange

_MUST: dict[str, str] = {
    "copies": "several copies",
    "sides": "two-sided",
    "media": "paper size",
    "number-up": "several pages on a sheet",
    "page-ranges": "only some pages",
    "finishings": "finishing",
    "output-bin": "output tray",
    "job-sheets": "a cover sheet",
    "overrides": "other settings for some pages",
}
"""What must be done as asked, and what a person calls it."""
_MAY = frozenset(
    {
        "job-priority",
        "media-col",
        "multiple-document-handling",
        "orientation-requested",
        "print-color-mode",
        "print-content-optimize",
        "print-quality",
        "print-rendering-intent",
        "print-scaling",
        "printer-resolution",
    }
)
_AS_ALWAYS: dict[str, object] = {
    "copies": 1,
    "sides": "one-sided",
    "number-up": 1,
    "finishings": 3,
    "output-bin": "face-down",
    "job-sheets": "none",
}
"""What every printer does anyway, and the one tray of our own queues, which cupsd names without being asked."""
_IN_THE_DOCUMENT = frozenset({"media"})
"""What every format we take says of itself too: a printer that cannot be asked reads it there."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A ticket beside a printer."""

    attributes: tuple[Attribute, ...]
    """What to ask for."""
    impossible: tuple[str, ...]
    """What it cannot do, in a person's words."""


def fit(ticket: JobTicket, printer: Capabilities) -> Fitted:
    """Sort the ticket by what the printer says it supports (``xxx-supported``)."""
    asked, impossible = [], []
    for attribute in ticket.attributes:
        if attribute.name in _MUST:
            if _is_supported(attribute, printer):
                asked.append(attribute)
            elif not is_as_always(attribute):
                impossible.append(_MUST[attribute.name])
        elif attribute.name in _MAY and _is_supported(attribute, printer):
            asked.append(attribute)
    return Fitted(tuple(asked), tuple(impossible))


def beyond(ticket: JobTicket, can: Callable[[Attribute], bool]) -> tuple[str, ...]:
    """What a ticket asks of a printer that does only what ``can`` says and what all do, in a person's words."""
    return tuple(
        _MUST[each.name]
        for each in ticket.attributes
        if each.name in _MUST and each.name not in _IN_THE_DOCUMENT and not is_as_always(each) and not can(each)
    )


def beyond_always(ticket: JobTicket) -> tuple[str, ...]:
    """What a ticket asks of a printer that one cannot ask anything (LPR, RAW without PJL), in a person's words."""
    return beyond(ticket, lambda _: False)


def left_out(names: tuple[str, ...], ticket: JobTicket) -> tuple[str, ...]:
    """What of the attributes a printer says it ignored had to be done, in a person's words."""
    return tuple(
        _MUST[each.name]
        for each in ticket.attributes
        if each.name in names and each.name in _MUST and not is_as_always(each)
    )


def is_as_always(attribute: Attribute) -> bool:
    """Whether a printer does this without being asked."""
    return attribute.values == (_AS_ALWAYS.get(attribute.name),)


def _is_supported(attribute: Attribute, printer: Capabilities) -> bool:
    check = _CHECKS.get(attribute.name, _in_list)
    return check(attribute, printer)


def _in_list(attribute: Attribute, printer: Capabilities) -> bool:
    return set(attribute.values) <= set(printer.values(f"{attribute.name}-supported"))


def _in_range(attribute: Attribute, printer: Capabilities) -> bool:
    ranges = [one for one in printer.values(f"{attribute.name}-supported") if isinstance(one, IntegerRange)]
    return any(isinstance(value, int) and r.lower <= value <= r.upper for r in ranges for value in attribute.values)


def _in_list_or_range(attribute: Attribute, printer: Capabilities) -> bool:
    return _in_list(attribute, printer) or _in_range(attribute, printer)


def _is_true(attribute: Attribute, printer: Capabilities) -> bool:
    return printer.values(f"{attribute.name}-supported")[:1] == (True,)


def _has_members(attribute: Attribute, printer: Capabilities) -> bool:
    return bool(printer.values("media-col-supported"))


def _has_levels(attribute: Attribute, printer: Capabilities) -> bool:
    return bool(printer.values("job-priority-supported"))


def _can_override(attribute: Attribute, printer: Capabilities) -> bool:
    """PWG 5100.6 §4.1: each member of each override is named there."""
    named = {member.name for one in attribute.values if isinstance(one, Collection) for member in one.members}
    return bool(named) and named <= set(printer.lines("overrides-supported"))


_CHECKS: dict[str, Callable[[Attribute, Capabilities], bool]] = {
    "copies": _in_range,
    "number-up": _in_list_or_range,
    "page-ranges": _is_true,
    "media-col": _has_members,
    "job-priority": _has_levels,
    "overrides": _can_override,
}
