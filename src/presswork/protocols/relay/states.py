"""Who may say what when: the same table for both ends of a connection.

    GREETING ─offer─► OFFERED ─ask-go─► ASKED ─go─► GONE ─at─► MOVING ─ended─► ENDED ─end-seen─► OVER
        │                │ └──at────────────────────────────────►┘               ▲
        │                ├────ended──────────────────────────────────────────────┘
        │cancel          └────declined────► OVER ◄── withdrawn (from ASKED)
        ├──► CANCELING ─canceled─► OVER
        │commit
        └──► COMMITTING ─committed─► OVER

``at`` or ``ended`` straight after an offer: the transfer is known there, and goes on. What crosses on the wire is
allowed: a chunk may arrive after the end was said.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from presswork.core.errors import Invalid

CHUNK: Final = "chunk"
"""A sealed chunk, in the tables among the messages' names."""


class Stage(StrEnum):
    """How far a connection has come."""

    GREETING = "greeting"
    OFFERED = "offered"
    ASKED = "asked"
    GONE = "gone"
    MOVING = "moving"
    ENDED = "ended"
    OVER = "over"
    CANCELING = "canceling"
    COMMITTING = "committing"


class Seat(StrEnum):
    """Which end one is."""

    HOLDER = "holder"
    RECEIVER = "receiver"


_S = Stage
HOLDER_SAYS: Final[dict[Stage, dict[str, Stage]]] = {
    _S.GREETING: {"offer": _S.OFFERED, "cancel": _S.CANCELING, "commit": _S.COMMITTING},
    _S.OFFERED: {"pages": _S.OFFERED},
    _S.ASKED: {"go": _S.GONE, "withdrawn": _S.OVER, "pages": _S.ASKED},
    _S.GONE: {"pages": _S.GONE},
    _S.MOVING: {CHUNK: _S.MOVING, "pages": _S.MOVING, "withdrawn": _S.MOVING},
    _S.ENDED: {CHUNK: _S.ENDED, "pages": _S.ENDED, "go": _S.ENDED, "withdrawn": _S.ENDED, "end-seen": _S.OVER},
    _S.OVER: {},
    _S.CANCELING: {},
    _S.COMMITTING: {},
}
RECEIVER_SAYS: Final[dict[Stage, dict[str, Stage]]] = {
    _S.GREETING: {},
    _S.OFFERED: {"declined": _S.OVER, "ask-go": _S.ASKED, "at": _S.MOVING, "ended": _S.ENDED},
    _S.ASKED: {"declined": _S.OVER, "ended": _S.ENDED},
    _S.GONE: {"at": _S.MOVING, "ended": _S.ENDED},
    _S.MOVING: {"progress": _S.MOVING, "says": _S.MOVING, "taken": _S.MOVING, "ended": _S.ENDED},
    _S.ENDED: {},
    _S.OVER: {},
    _S.CANCELING: {"canceled": _S.OVER, "declined": _S.OVER},
    _S.COMMITTING: {"committed": _S.OVER, "declined": _S.OVER},
}


class OutOfTurn(Invalid):
    """A message that may not come now. The connection is of no more use."""

    code = "relay-out-of-turn"


class Turns:
    """One connection, seen from one end. Each end greets once, before all else it says."""

    def __init__(self, seat: Seat) -> None:
        self.stage = Stage.GREETING
        own, other = (HOLDER_SAYS, RECEIVER_SAYS) if seat is Seat.HOLDER else (RECEIVER_SAYS, HOLDER_SAYS)
        self._said, self._heard = own, other
        self._greeted = {id(own): False, id(other): False}

    def said(self, name: str) -> None:
        """This end says it; ``OutOfTurn`` is a mistake of ours."""
        self._next(self._said, name)

    def heard(self, name: str) -> None:
        """The other end said it. Raises ``OutOfTurn``."""
        self._next(self._heard, name)

    def _next(self, table: dict[Stage, dict[str, Stage]], name: str) -> None:
        greeted = self._greeted[id(table)]
        if name == "hello" and not greeted:
            self._greeted[id(table)] = True
            return
        following = table[self.stage].get(name) if greeted else None
        if following is None:
            raise OutOfTurn(f"The other computer said {name} where it may not; are both of the same version?")
        self.stage = following
