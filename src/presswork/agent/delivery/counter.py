"""A printer's page counter: what decides *printed* for ways on which the printer says nothing of a job (RAW, LPR).

Whoever can ask a printer for its counter (SNMP: Printer MIB, RFC 3805) implements ``Counter``; ``Counters`` says which printers
have one. What follows from the readings, and what cannot, is in docs/explanation/ways.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from presswork.agent.delivery.capabilities import State
from presswork.protocols.control.words import PrinterSpec


@dataclass(frozen=True, slots=True)
class Reading:
    """What a printer says of itself at one moment."""

    count: int | None = None
    """All it printed in its life (``prtMarkerLifeCount``); None where it does not say: unknown is not zero."""
    unit: Literal["impressions", "sheets"] = "impressions"
    """What it counts (``prtMarkerCounterUnit``); one that counts something else has no ``count``."""
    state: State = "unknown"
    """``printer-state``: ``processing`` only while it prints, ``idle`` also while it sleeps."""
    reasons: tuple[str, ...] = ()
    """``printer-state-reasons``, as keywords with their severity, such as ``media-empty-error``."""
    pjl: bool | None = None
    """Whether it names PJL among the languages it interprets (``prtInterpreterLangFamily`` 5); None where it names none."""
    document_formats: tuple[str, ...] = ()
    """What of those languages has a media type; where it names none of these, nothing is known."""


class Counter(Protocol):
    """The counter of one printer."""

    async def read(self) -> Reading | None:
        """A look of now, never a remembered one; None where the printer does not answer.

        Takes at most two seconds, asking again included, and raises nothing of its own.
        """
        ...


Counters = Callable[[PrinterSpec], Counter | None]
"""The counter of a printer; None where it has none that can be asked."""


def no_counters(spec: PrinterSpec) -> None:
    """Where no printer can be asked."""
