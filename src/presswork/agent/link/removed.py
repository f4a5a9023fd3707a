"""Computers of the organisation that were removed, as the server said last: nothing they show is believed any more.

Their tickets are good for an hour still, and their entries of the roster for days; who has not heard of the removal takes them.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError

from presswork.agent.spool import Spool

_KEY = "removed-computers"
_IDS: TypeAdapter[frozenset[UUID]] = TypeAdapter(frozenset[UUID])
_log = structlog.get_logger(__name__)


class Removed:
    """``in`` says whether a computer is one of them. Remembered through restarts: the server may be away by then."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._ids: frozenset[UUID] = frozenset()

    def __contains__(self, computer_id: object) -> bool:
        return computer_id in self._ids

    async def load(self) -> None:
        """Take up what was known before the restart."""
        text = await self._spool.recall(_KEY)
        try:
            self._ids = _IDS.validate_json(text) if text else frozenset()
        except ValidationError:
            _log.warning("Which computers were removed cannot be read; the server will say it again.")

    async def take(self, ids: Collection[UUID]) -> None:
        """The server names these. They count at once, and durably when this returns."""
        if self._ids != (ids := frozenset(ids)):
            self._ids = ids
            await self._spool.remember(_KEY, _IDS.dump_json(ids).decode())
