"""Which printers speak PJL: learned once, remembered.

The question is text. A printer that does not speak PJL may print it, so it is asked only where the answer decides whether a job
can be printed at all, or where the printer names PJL among its languages (SNMP); and one that did not answer, again after a week.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from presswork.agent.delivery.pins import Memory
from presswork.core.clock import Clock
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.pjl import Info, Sides, variables

_ASK_AGAIN = timedelta(days=7)
SIDES: dict[str, Sides] = {
    "one-sided": Sides.ONE_SIDED,
    "two-sided-long-edge": Sides.TWO_SIDED_LONG_EDGE,
    "two-sided-short-edge": Sides.TWO_SIDED_SHORT_EDGE,
}


class Pjl(BaseModel):
    """What a printer said of itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime
    speaks: bool = False
    sets: int = Field(0, ge=0, le=999)
    """So many whole sets (QTY); 0 where it does not know the word."""
    copies: int = Field(0, ge=0, le=999)
    """So often each page (COPIES)."""
    two_sided: bool = False

    @classmethod
    def of(cls, answers: list[Info], clock: Clock) -> Self:
        """From its answers; none of use is none at all."""
        can = next((variables(info.lines) for info in answers if info.about == "VARIABLES"), {})
        return cls(
            at=clock.now(),
            speaks=any(info.about in ("ID", "VARIABLES") and info.lines for info in answers),
            sets=_most(can.get("QTY", ())),
            copies=_most(can.get("COPIES", ())),
            two_sided="ON" in can.get("DUPLEX", ()),
        )

    def can(self, attribute: Attribute) -> bool:
        """Whether it does what this attribute of a ticket asks for."""
        match attribute.name, attribute.values:
            case "copies", (int(copies),):
                return 1 <= copies <= max(self.sets, self.copies)
            case "sides", (value,):
                return self.two_sided and str(value) in SIDES
        return False


class PjlKnown:
    """What is known of one printer at one address."""

    def __init__(self, memory: Memory, spec: PrinterSpec, clock: Clock) -> None:
        self._memory = memory
        self._key = f"pjl {spec.printer_id} {spec.device_uri}"
        self._clock = clock

    async def recall(self) -> Pjl | None:
        """None where it was never asked, or so long ago that it may be asked again."""
        value = await self._memory.recall(self._key)
        if value is None:
            return None
        try:
            known = Pjl.model_validate_json(value)
        except ValidationError:
            return None
        return known if known.speaks or self._clock.now() - known.at < _ASK_AGAIN else None

    async def learn(self, answers: list[Info]) -> Pjl:
        """It was asked."""
        known = Pjl.of(answers, self._clock)
        await self._memory.remember(self._key, known.model_dump_json())
        return known


def _most(values: tuple[str, ...]) -> int:
    return max((min(int(value), 999) for value in values if value.isascii() and value.isdigit()), default=0)
