"""A page counter that a test sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from presswork.agent.delivery.counter import Reading
from presswork.protocols.control.words import PrinterSpec


@dataclass(slots=True)
class ScriptedCounter:
    """Answers with ``script`` in turn, then for ever with ``now``."""

    now: Reading | None = field(default_factory=lambda: Reading(1000, state="idle"))
    script: list[Reading | None] = field(default_factory=list)
    reads: int = 0

    async def read(self) -> Reading | None:
        """See ``Counter``."""
        self.reads += 1
        return self.script.pop(0) if self.script else self.now

    def of(self, spec: PrinterSpec) -> ScriptedCounter:
        """For any printer: see ``Counters``."""
        return self
