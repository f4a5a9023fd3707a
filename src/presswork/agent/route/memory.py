"""Who lately did not answer, so that a second job does not wait for the same dead address.

Kept through restarts, for as long as the computer stays where it is: on another network others answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from pydantic import BaseModel, ValidationError

from presswork.agent.desired import Memory
from presswork.core.clock import Clock
from presswork.core.errors import Fault
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.words import NetworkHint
from presswork.protocols.route import Silence

PRINTER_LATELY: Final = timedelta(minutes=5)
"""So long after a printer was silent others go first; then it is tried again, briefly."""
COMPUTER_LATELY: Final = timedelta(minutes=1)
"""The same for computers, which come back sooner."""
FORGOTTEN: Final = timedelta(days=1)
ROOM: Final = 500
"""So many are remembered, the newest."""
_KEY: Final = "silent"
_PRINTER: Final = "printer "
_log = structlog.get_logger(__name__)


def printer(printer_id: UUID) -> str:
    """A printer, for this computer."""
    return f"{_PRINTER}{printer_id}"


def peer(kind: str, computer_id: UUID) -> str:
    """Another computer, by one kind of route."""
    return f"{kind} {computer_id}"


def printer_through(kind: str, computer_id: UUID, printer_id: UUID) -> str:
    """A printer, for another computer."""
    return f"{kind} {computer_id} {printer_id}"


def place_of(hints: Iterable[NetworkHint] | None) -> str:
    """Where this computer is, as something that can be compared; empty where it is not known."""
    told = {f"{hint.gateway} {hint.gateway_mac} {' '.join(sorted(map(str, hint.prefixes)))}" for hint in hints or ()}
    return "\n".join(sorted(told))


class _Kept(BaseModel):
    place: str = ""
    silent: dict[str, Moment] = {}


class Reachability:
    """Durable, bounded, forgotten with time and when the computer moves."""

    def __init__(self, memory: Memory, place: Callable[[], str], clock: Clock) -> None:
        """``place``: see ``place_of``."""
        self._memory = memory
        self._place = place
        self._clock = clock
        self._kept = _Kept()

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
        lately = PRINTER_LATELY if name.startswith(_PRINTER) else COMPUTER_LATELY
        return Silence.LATELY if timedelta() <= age < lately else Silence.PAST  # a clock that was set back: try

    async def silent(self, name: str) -> None:
        """It did not answer just now."""
        self._forget_elsewhere()
        now = self._clock.now()
        kept = {one: at for one, at in self._kept.silent.items() if one != name and _is_fresh(at, now)}
        newest = sorted((*kept.items(), (name, now)), key=lambda pair: pair[1])[-ROOM:]
        self._kept = _Kept(place=self._place() or self._kept.place, silent=dict(newest))
        await self._save()

    async def answered(self, *names: str) -> None:
        """They answered just now."""
        if any(self._kept.silent.pop(name, None) is not None for name in names):
            await self._save()

    def _forget_elsewhere(self) -> None:
        place = self._place()
        if place and place != self._kept.place:
            self._kept = _Kept(place=place)

    async def _save(self) -> None:
        try:
            await self._memory.remember(_KEY, self._kept.model_dump_json())
        except Fault as fault:  # it is only worth a few seconds
            _log.warning("it cannot be kept who does not answer", code=fault.code)


def _is_fresh(at: datetime, now: datetime) -> bool:
    return timedelta() <= now - at <= FORGOTTEN
