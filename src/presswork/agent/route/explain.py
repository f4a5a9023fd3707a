"""By which route a job went or would go, and why by no other: for the person whose job it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from presswork.protocols.control import route_words
from presswork.protocols.control.client import RouteExplained
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.route import Plan

_TELLING = frozenset(
    {
        JobEvent.ROUTE,
        JobEvent.UNREACHABLE,
        JobEvent.PRINTER_BUSY,
        JobEvent.QUEUE_REFUSED,
        JobEvent.CERTIFICATE_CHANGED,
        JobEvent.FORMAT_NOT_TAKEN,
        JobEvent.TICKET_NOT_TAKEN,
        JobEvent.USER_NOT_TAKEN,
    }
)


def as_it_went(name: str, timeline: Iterable[TimelineEntry]) -> RouteExplained | None:
    """What the timeline says since the last release; None where nothing was tried since then."""
    told: TimelineEntry | None = None
    for entry in timeline:
        if entry.event is JobEvent.RELEASED:
            told = None
        elif entry.event in _TELLING:
            told = entry
        elif entry.event is JobEvent.SENDING and (told is None or told.event is not JobEvent.ROUTE):
            values = {"printer": entry.values.get("printer", "")} | {"route": "direct"}
            told = entry.model_copy(update={"event": JobEvent.ROUTE, "values": values})
    if told is None:
        return None
    routes = tuple(route_words.explained(told.values))
    return RouteExplained(name=name, tried=True, sentence=told.plainly(), routes=routes)


def as_it_would_go(name: str, printer: str, found: Plan) -> RouteExplained:
    """What would be tried now."""
    return RouteExplained(name=name, tried=False, sentence=_opening(printer, found), routes=tuple(_would(found)))


def _opening(printer: str, found: Plan) -> str:
    if not found.attempts:
        return f"There is no route to {printer} now."
    return f"These routes to {printer} would be tried, in this order:"


def _would(found: Plan) -> Iterator[str]:
    for one in found.attempts:
        yield route_words.would(one.kind, "" if one.candidate is None else one.candidate.computer)
    values = route_words.values_of("", "", (route_words.Without(*_told) for _told in _not_taken(found)))
    yield from route_words.explained(values)


def _not_taken(found: Plan) -> Iterator[tuple[str, str, str]]:
    for one in found.not_taken:
        yield one.kind, one.reason, one.computer
