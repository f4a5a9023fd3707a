"""The route a job takes and why it does not take the others, as values of a timeline's entry and in a person's words.

route       the kind of the route taken; missing where there is none
computer    through which computer
without_1   why another one was not taken: kind, reason, and the computer's name where it was one; without_2, …
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Final, NamedTuple

MOST: Final = 16
"""Routes not taken in one entry."""
_THROUGH: Final[Mapping[str, str]] = {
    "direct": "straight",
    "relay": "through {computer}",
    "redirector": "through the print server {computer}",
    "cloud": "through the server and {computer}",
}
_NOBODY: Final[Mapping[str, str]] = {
    "direct": "directly",
    "relay": "through another computer",
    "redirector": "through a print server",
    "cloud": "through the server",
}
_BECAUSE: Final[Mapping[str, str]] = {
    "no-answer": "because {printer} does not answer directly",
    "remembered": "because {printer} did not answer directly a while ago",
    "policy": "as your organisation wants it",
}
REASONS: Final[Mapping[str, str]] = {
    "policy": "your organisation does not want that",
    "not-needed": "not needed",
    "no-answer": "the printer does not answer there",
    "not-trusted": "it did not show the certificate it should",
    "no-network": "no computer is known on the printer's network",
    "nobody-there": "nobody answers there now",
    "too-old": "the agent there is too old for it",
    "not-set-up": "nobody set that up",
    "no-name-there": "the job's owner has no name there",
    "refused": "the job was not taken there",
    "busy": "it carries as much as it can",
    "broke-off": "the connection broke before the printer had anything",
    "remembered": "nobody answered there a while ago",
    "no-answer-before": "the printer did not answer there a while ago",
    "broke-off-before": "the connection broke there a while ago",
    "refused-before": "another job was not taken there a while ago",
    "not-trusted-before": "it did not show the certificate it should a while ago",
    "no-time": "there was no time left for it",
    "no-server": "the server cannot be asked now",
    "one-document-only": "a job with several documents cannot go that way",
}
"""``RouteReason`` in words."""
_LEFT_OUT: Final = frozenset({"policy", "not-needed", "not-set-up"})
"""What a person learns only who asks, where the job goes by another route: it stops nothing that could have gone well."""


class Without(NamedTuple):
    """A route that was not taken."""

    kind: str
    reason: str
    computer: str = ""


def values_of(kind: str, computer: str, without: Iterable[Without]) -> dict[str, str]:
    """As values of an entry; ``kind`` empty: there is no route. What was only not needed is left out."""
    taken = {name: value for name, value in (("route", kind), ("computer", computer)) if value}
    told = [one for one in without if one.reason != "not-needed"][:MOST]
    return taken | {f"without_{number}": " ".join(one).rstrip() for number, one in enumerate(told, 1)}


def not_taken(values: Mapping[str, str]) -> Iterator[Without]:
    """The routes that an entry says were not taken."""
    for number in count(1):
        if (text := values.get(f"without_{number}")) is None:
            return
        kind, _, rest = text.partition(" ")
        reason, _, computer = rest.partition(" ")
        if kind in _NOBODY and reason in REASONS:
            yield Without(kind, reason, computer)


def through(values: Mapping[str, str]) -> str:
    """Such as "through PC-7"; empty of the direct route, and where none is named."""
    kind = values.get("route", "")
    return _place(kind, values.get("computer", "")) if kind in _THROUGH and kind != "direct" else ""


def going(printer: str, values: Mapping[str, str]) -> str:
    """The sentence of the entry ``route``."""
    way = through(values)
    if not way:
        return f"Goes straight to {printer}."
    direct = next((one.reason for one in not_taken(values) if one.kind == "direct"), "")
    because = _BECAUSE.get(direct, "").replace("{printer}", printer)
    return f"Goes to {printer} {way}{because and f', {because}'}."


def notes(values: Mapping[str, str]) -> Iterator[str]:
    """Why others were not taken, behind the sentence of the entry, which speaks of the direct route itself.

    A sentence each; routes without a computer of their own that have the same reason share one.
    """
    taken = "route" in values
    left_out = _LEFT_OUT if taken else {"not-needed"}
    told_before = _BECAUSE if taken else {"no-answer"}
    said: dict[tuple[str, str], list[str]] = {}
    for one in not_taken(values):
        if one.reason not in left_out and not (one.kind == "direct" and one.reason in told_before):
            said.setdefault((one.reason, one.computer), []).append(_not_place(one, values))
    for (reason, _), places in said.items():
        yield f"Not {' or '.join(filter(None, (', '.join(places[:-1]), places[-1])))}: {REASONS[reason]}."


def explained(values: Mapping[str, str]) -> Iterator[str]:
    """Every route the entry speaks of, a line each."""
    for one in not_taken(values):
        yield f"Not {_not_place(one, values)}: {REASONS[one.reason]}."


def would(kind: str, computer: str) -> str:
    """What is to be tried, as a line."""
    place = _place(kind, computer)
    return f"{place[0].upper()}{place[1:]}."


def _not_place(one: Without, values: Mapping[str, str]) -> str:
    """A computer may be reached through the server, and not without it."""
    place = _place(one.kind, one.computer)
    return f"straight {place}" if one.kind == "relay" and one.computer and values.get("route") == "cloud" else place


def _place(kind: str, computer: str) -> str:
    if kind == "direct" or not computer:
        return _NOBODY[kind]
    return _THROUGH[kind].replace("{computer}", computer)
