"""What a receiver may say became of a job: each end with the events that fit it, and each refusal with those it has.

Whoever carries a job for others tells of the device, and of nothing else: that a job was deleted or moved is not theirs to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import Outcome
from presswork.protocols.relay.messages import Declined, Ended, Refusal

ENDS: Final[Mapping[Outcome, frozenset[JobEvent]]] = {
    "printed": frozenset({JobEvent.PRINTED}),
    "not-printed": frozenset({JobEvent.NOT_PRINTED}),
    "unknown": frozenset(
        {
            JobEvent.UNKNOWN,
            JobEvent.ACKNOWLEDGED,
            JobEvent.REFUSED_AT_THE_END,
            JobEvent.COUNTER_STANDS,
            JobEvent.COUNTER_SHORT,
            JobEvent.COUNTER_UNCLEAR,
            JobEvent.OUT_OF_SIGHT,
            JobEvent.BROKEN_OFF,
            JobEvent.INTERRUPTED,
        }
    ),
    "handed-over": frozenset({JobEvent.HANDED_TO_QUEUE}),
}
"""By outcome."""
STAGED: Final = frozenset({JobEvent.MOVING})
"""Those of ``handed-over`` where the receiver was to keep the job (kind *hold*)."""
REFUSALS: Final[Mapping[Refusal, frozenset[JobEvent]]] = {
    "not-now": frozenset({JobEvent.PRINTER_BUSY, JobEvent.QUEUE_REFUSED}),
    "not-taken": frozenset({JobEvent.FORMAT_NOT_TAKEN, JobEvent.TICKET_NOT_TAKEN, JobEvent.USER_NOT_TAKEN}),
}
"""Of the two that name one."""
_NOTHING_KNOWN: Final = Ended(outcome="unknown", event=JobEvent.OUT_OF_SIGHT)


def believed(end: Ended, *, held: bool = False) -> Ended:
    """``end``; where its event is none of its outcome, that nobody can say. ``held``: of the kind *hold*."""
    fitting = STAGED if held and end.outcome == "handed-over" else ENDS[end.outcome]
    return end if end.event in fitting else _NOTHING_KNOWN


def event_of(refusal: Declined) -> JobEvent | None:
    """Its event; None where it has none that fits."""
    return refusal.event if refusal.event in REFUSALS.get(refusal.refusal, ()) else None
