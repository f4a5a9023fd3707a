"""Who lately did not answer, so that a second job does not wait for the same dead address.

Kept through restarts, for as long as the computer stays where it is: on another network others answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from pydantic import BaseModel, ValidationError

from presswork.agent.desired import Memory
from presswork.core.clock import Clock
from presswork.core.errors import Fault
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.route import ALL_ROUTES, RouteReason
from presswork.protocols.control.words import NetworkHint, PrinterReport
from presswork.protocols.route import Silence

PRINTER_LATELY: Final = timedelta(minutes=5)
"""So long after a printer was silent others go first; then it is tried again, briefly."""
COMPUTER_LATELY: Final = timedelta(minutes=1)
"""The same for computers, which come back sooner, and for those that did not take a job."""
BUSY_LATELY: Final = timedelta(seconds=15)
"""The same for those that carried as much as they can."""
FORGOTTEN: Final = timedelta(days=1)
ROOM: Final = 500
"""So many are remembered, the newest."""
_KEY: Final = "silent"
_PRINTER: Final = "printer "
_BEFORE: Final[Mapping[RouteReason, RouteReason]] = {
    "busy": "busy",
    "no-answer": "no-answer-before",
    "broke-off": "broke-off-before",
    "refused": "refused-before",
    "not-trusted": "not-trusted-before",
}
"""How it is said that others go first, after an attempt that failed for that reason. After any other: ``remembered``."""
_TOOK_NOTHING: Final = frozenset({"busy", "refused", "not-trusted"})
"""Of these it is known that they answer."""
_log = structlog.get_logger(__name__)


def printer(printer_id: UUID) -> str:
    """A printer, for this computer."""
    return f"{_PRINTER}{printer_id}"


def peer(kind: str, computer_id: UUID) -> str:
    """Another computer, by one kind of route."""
    return f"{kind} {computer_id}"


def peers(computer_id: UUID) -> tuple[str, ...]:
    """The same computer, by each kind of route."""
    return tuple(peer(kind, computer_id) for kind in ALL_ROUTES if kind != "direct")


def printer_through(kind: str, computer_id: UUID, printer_id: UUID) -> str:
    """A printer, for another computer."""
    return f"{kind} {computer_id} {printer_id}"


def told_by(report: PrinterReport) -> tuple[str, ...]:
    """Of whom this is a sign: the printer. That it answers by SNMP does not say that it would take a job."""
    answers = report.reachable and report.answers_to not in (None, ("snmp",))
    return (printer(report.printer_id),) if answers else ()


def place_of(hints: Iterable[NetworkHint] | None) -> str | None:
    """Where this computer is, as something that can be compared; empty where it has no network, None where that is not known."""
    if hints is None:
        return None
    told = {f"{hint.gateway} {hint.gateway_mac} {' '.join(sorted(map(str, hint.prefixes)))}" for hint in hints}
    return "\n".join(sorted(told))


class _Kept(BaseModel):
    place: str = ""
    silent: dict[str, Moment] = {}
    reasons: dict[str, str] = {}
    """Of those of which more is known than that they did not answer."""


class Reachability:
    """Durable, bounded, forgotten with time and when the computer moves."""

    def __init__(self, memory: Memory, place: Callable[[], str | None], clock: Clock) -> None:
        """``place``: see ``place_of``."""
        self._memory = memory
        self._place = place
        self._clock = clock
        self._kept = _Kept()
        self._cut_off = False
        """Whether this computer had no network meanwhile: who was silent then may not have been."""

    async def load(self) -> None:
        """Take up what was remembered before the restart. What cannot be read is forgotten."""
        text = await self._memory.recall(_KEY)
        try:
            self._kept = _Kept() if text is None else _Kept.model_validate_json(text)
        except ValidationError:
            _log.warning("it cannot be read who did not answer before the restart")

    def of(self, *names: str) -> Silence:
        """What is remembered of these together: the worst."""
        self._forget_elsewhere()
        found = {self._of(name) for name in names}
        return next((one for one in (Silence.LATELY, Silence.PAST) if one in found), Silence.NONE)

    def _of(self, name: str) -> Silence:
        since = self._kept.silent.get(name)
        if since is None:
            return Silence.NONE
        age = self._clock.now() - since
        if age > FORGOTTEN:
            return Silence.NONE
        if timedelta() <= age < self._lately(name):
            return Silence.LATELY
        # a clock that was set back: try; and who answered is waited for as long as before
        return Silence.NONE if self._kept.reasons.get(name) in _TOOK_NOTHING else Silence.PAST

    def _lately(self, name: str) -> timedelta:
        if self._kept.reasons.get(name) == "busy":
            return BUSY_LATELY
        return PRINTER_LATELY if name.startswith(_PRINTER) else COMPUTER_LATELY

    def reason(self, *names: str) -> RouteReason:
        """Why these come after others, where they do."""
        late = [name for name in names if self._of(name) is Silence.LATELY]
        told = {self._kept.reasons.get(name) for name in late}
        return next((said for reason, said in _BEFORE.items() if told == {reason}), "remembered")

    def silent_printers(self) -> tuple[UUID, ...]:
        """Those that others go before, for this computer; who was silent last comes first."""
        self._forget_elsewhere()
        found = [one for one in self._kept.silent if one.startswith(_PRINTER) and self._of(one) is Silence.LATELY]
        found.sort(key=self._kept.silent.__getitem__, reverse=True)
        return tuple(UUID(one.removeprefix(_PRINTER)) for one in found)

    async def silent(self, name: str, reason: RouteReason = "nobody-there") -> None:
        """It did not answer just now, or took nothing, for this reason."""
        self._forget_elsewhere()
        now = self._clock.now()
        kept = {one: at for one, at in self._kept.silent.items() if one != name and _is_fresh(at, now)}
        newest = dict(sorted((*kept.items(), (name, now)), key=lambda pair: pair[1])[-ROOM:])
        reasons = {one: why for one, why in (self._kept.reasons | {name: reason}).items() if one in newest}
        if reason not in _BEFORE:
            del reasons[name]
        self._kept = _Kept(place=self._place() or self._kept.place, silent=newest, reasons=reasons)
        await self._save()

    async def answered(self, *names: str) -> None:
        """They answered just now."""
        known = [name for name in names if self._kept.silent.pop(name, None) is not None]
        for name in known:
            self._kept.reasons.pop(name, None)
        if known:
            await self._save()

    def back(self, *names: str) -> None:
        """There is a sign of these: others do not go first any more, and as long as they were silent they are waited for briefly."""
        for name in names:
            since = self._kept.silent.get(name)
            if since is not None and self._kept.reasons.get(name) not in _TOOK_NOTHING:
                self._kept.silent[name] = min(since, self._clock.now() - self._lately(name))

    def _forget_elsewhere(self) -> None:
        place = self._place()
        if place == "" and self._kept.place:
            self._cut_off = True
        elif place and (self._cut_off or place != self._kept.place):
            self._kept, self._cut_off = _Kept(place=place), False

    async def _save(self) -> None:
        try:
            await self._memory.remember(_KEY, self._kept.model_dump_json())
        except Fault as fault:  # it is only worth a few seconds
            _log.warning("it cannot be kept who does not answer", code=fault.code)


def _is_fresh(at: datetime, now: datetime) -> bool:
    return timedelta() <= now - at <= FORGOTTEN
