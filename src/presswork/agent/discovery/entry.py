"""This computer's entry of the roster: kept through restarts, told to the server by its end, replaced by the server."""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from presswork.agent.desired import Memory
from presswork.core.errors import Distrusted, Fault
from presswork.protocols.discovery.entry import Entry, open_entry

_KEY = "roster-entry"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fit:
    """What an entry has to say to be this computer's."""

    tenant_id: UUID
    computer_id: UUID
    public_key: bytes
    ticket_key: Ed25519PublicKey


class OwnEntry:
    """The entry as it is now; none where there is none that fits."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._fit: Fit | None = None
        self._changed = asyncio.Event()
        self._sent: str | None = None
        self._refused = ""
        self.octets = b""
        self.entry: Entry | None = None

    @property
    def until(self) -> datetime | None:
        """Until when it is good, for the server; None: there is none."""
        return None if self.entry is None else datetime.fromtimestamp(self.entry.until, UTC)

    async def fit(self, fit: Fit | None) -> None:
        """What it has to say from now on. The one that is kept counts where it says that."""
        if fit == self._fit:
            return
        self._fit, self.octets, self.entry = fit, b"", None
        kept = None if fit is None else await self._memory.recall(_KEY)
        if fit is not None and kept is not None:
            with suppress(Fault):
                self._open(kept, fit)
        await self._settle()

    async def changed(self) -> None:
        """Until the server sent another one."""
        await self._changed.wait()
        self._changed.clear()

    async def take(self, text: str) -> None:
        """The server sent this one, maybe before it is known what fits. One that does not is of no use, and said so once."""
        self._sent = text
        await self._settle()

    async def _settle(self) -> None:
        text, fit = self._sent, self._fit
        if text is None or fit is None:
            return
        self._sent = None
        try:
            self._open(text, fit)
        except Fault as fault:
            if text != self._refused:
                self._refused = text
                _log.warning(
                    "The entry of the roster that the server sent is not this computer's.", reason=fault.sentence
                )
            return
        await self._memory.remember(_KEY, text)
        self._changed.set()

    def _open(self, text: str, fit: Fit) -> None:
        try:
            octets = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Distrusted("An entry of the roster is written in base64.") from None
        entry = open_entry(octets, fit.ticket_key)
        if (entry.tenant_id, entry.computer_id, entry.public_key) != (fit.tenant_id, fit.computer_id, fit.public_key):
            raise Distrusted("It names another computer, or another key.")
        self.octets, self.entry = octets, entry
