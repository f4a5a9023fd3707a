"""What can happen to a job, and the sentence a person reads for it: the only place where those sentences stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from itertools import islice
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from presswork.protocols.control import route_words
from presswork.protocols.control.moment import Moment


class JobEvent(StrEnum):
    """Events of a job's timeline. Codes are stable; the sentence may be improved."""

    RECEIVED = "received"
    HELD = "held"
    CLAIMED = "claimed"
    RELEASED = "released"
    UNREACHABLE = "unreachable"
    PRINTER_BUSY = "printer-busy"
    QUEUE_REFUSED = "queue-refused"
    PAUSED = "paused"
    FORMAT_NOT_TAKEN = "format-not-taken"
    CERTIFICATE_CHANGED = "certificate-changed"
    TICKET_NOT_TAKEN = "ticket-not-taken"
    HELD_AGAIN = "held-again"
    SENDING = "sending"
    SENT = "sent"
    DEVICE_SAYS = "device-says"
    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    REFUSED_AT_THE_END = "refused-at-the-end"
    COUNTER_STANDS = "counter-stands"
    COUNTER_SHORT = "counter-short"
    COUNTER_UNCLEAR = "counter-unclear"
    OUT_OF_SIGHT = "out-of-sight"
    BROKEN_OFF = "broken-off"
    INTERRUPTED = "interrupted"
    DELETED = "deleted"
    EXPIRED = "expired"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    LOST = "lost"
    UNCLAIMED = "unclaimed"
    OWNER_NOT_ASKED = "owner-not-asked"
    OWNER_NOT_KNOWN = "owner-not-known"
    CLEARED = "cleared"
    ROUTE = "route"
    HANDED_TO_QUEUE = "handed-to-queue"
    USER_NOT_TAKEN = "user-not-taken"
    MOVING = "moving"
    MOVED = "moved"
    TAKEN_OVER = "taken-over"
    TAKEN_BACK = "taken-back"
    HOLDER_REMOVED = "holder-removed"


SENTENCES: Mapping[JobEvent, str] = {
    JobEvent.RECEIVED: "Received from {account} on {computer}.",
    JobEvent.HELD: "Waiting, sealed, until you release it.",
    JobEvent.CLAIMED: "Now belongs to {person}, who signed in as {account}.",
    JobEvent.RELEASED: "Released to {printer}.",
    JobEvent.UNREACHABLE: "{printer} does not answer. Nothing was sent; trying again by itself.",
    JobEvent.PRINTER_BUSY: "{printer} is busy with another job. Waiting for it.",
    JobEvent.QUEUE_REFUSED: "{printer} takes no job now, or knows no queue of the name in its address. Nothing was sent; trying again by itself.",
    JobEvent.PAUSED: "{queue} is paused on its computer. The job goes on when somebody there resumes it.",
    JobEvent.FORMAT_NOT_TAKEN: "{printer} does not take this kind of document ({format}). Choose another printer.",
    JobEvent.CERTIFICATE_CHANGED: "{printer} shows another certificate than before. Nothing was sent; ask your administrator to look at it.",
    JobEvent.TICKET_NOT_TAKEN: "{printer} cannot do what was asked for ({attributes}). Choose another printer or other options.",
    JobEvent.HELD_AGAIN: "{printer} did not answer for a while, so the job waits for you again. Release it when the printer is back.",
    JobEvent.SENDING: "Sending to {printer}.",
    JobEvent.SENT: "{printer} has taken all of it.",
    JobEvent.DEVICE_SAYS: "{printer} says: {message}.",
    JobEvent.PRINTED: "Printed on {printer}.",
    JobEvent.NOT_PRINTED: "Not printed: {message}. The document is still here; release it again or delete it.",
    JobEvent.UNKNOWN: "Sent; this printer does not report whether it printed.",
    JobEvent.ACKNOWLEDGED: "Sent; {printer} confirmed that it has all of it, but does not report whether it printed.",
    JobEvent.REFUSED_AT_THE_END: "{printer} said that it did not take the document, after all of it was sent. Look at the printer before you release it again.",
    JobEvent.COUNTER_STANDS: "Sent, but the page counter of {printer} has not moved. Look at the printer before you release it again.",
    JobEvent.COUNTER_SHORT: "Sent, but the page counter of {printer} moved by less than the document has pages. Look at the printer before you release it again.",
    JobEvent.COUNTER_UNCLEAR: "Sent; {printer} does not report whether it printed, and its page counter does not tell, for it was printing something else, too.",
    JobEvent.OUT_OF_SIGHT: "{printer} took all of it, but does not tell any more what became of it. Look at the printer before you release it again.",
    JobEvent.BROKEN_OFF: "The connection to {printer} broke while the document was being sent, so nobody can say whether it printed. Look at the printer before you release it again.",
    JobEvent.INTERRUPTED: "The agent stopped while sending to {printer}, so nobody can say whether it printed. Look at the printer before you release it again.",
    JobEvent.DELETED: "Deleted; the document is destroyed.",
    JobEvent.EXPIRED: "Not released in time; the document is destroyed.",
    JobEvent.INCOMPLETE: "The document never arrived completely, so nothing is kept. Print it again.",
    JobEvent.REFUSED: "Not accepted: {message}",
    JobEvent.UNCLAIMED: "Nobody has signed in for {account} on {computer} yet. The job waits until somebody does.",
    JobEvent.OWNER_NOT_ASKED: "The server could not be asked yet who {account} is. The job waits until it says so.",
    JobEvent.OWNER_NOT_KNOWN: "Nobody is known as {account}, or they may not print to this queue. The job waits until an administrator says on the redirector's page who that is.",
    JobEvent.CLEARED: "Nobody asked for it again, so the document is destroyed.",
    JobEvent.ROUTE: "Goes straight to {printer}.",
    JobEvent.HANDED_TO_QUEUE: "Handed to {queue} on {computer} as a job of {user}. Only that computer knows what becomes of it there.",
    JobEvent.USER_NOT_TAKEN: "{queue} on {computer} takes no job of {user}. Nothing was sent; ask your administrator.",
    JobEvent.MOVING: "On its way to {computer}, where it waits for you even when the computer it came from is off.",
    JobEvent.MOVED: "Now waits, sealed, on {computer}. The computer it came from may be switched off.",
    JobEvent.TAKEN_OVER: "{computer} keeps it from now on, sealed, until you release it.",
    JobEvent.TAKEN_BACK: "{computer} does not answer, so the document waits again, sealed, on the computer it came from. What is on {computer} prints no more and will be destroyed.",
    JobEvent.HOLDER_REMOVED: "{computer}, where the document was, was removed by an administrator. It cannot be released from there any more, and nothing more is heard of it. Print it again.",
    JobEvent.LOST: "The document is no longer on the computer's disk, so nothing can be printed from it. Print it again.",
}


WAYS: Mapping[str, str] = {
    "ipp": "It travels by IPP, not encrypted.",
    "socket": "It travels by RAW, not encrypted.",
    "lpd": "It travels by LPR, not encrypted.",
}
"""Behind the sentence of an entry whose value ``way`` is that URI scheme: every way but ``ipps`` is weak."""
INSTEAD_OF: Mapping[str, str] = {
    "ipps": "By IPPS the printer did not answer.",
    "ipp": "By IPP the printer did not answer.",
    "socket": "By RAW the printer did not answer.",
}
"""Behind the sentence of an entry whose value ``instead_of`` is that URI scheme."""


_MOST_VALUES: Final = 64
_LONGEST_VALUE: Final = 1023
_NOT_SHOWN: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]+")


def _lines(values: dict[str, str]) -> dict[str, str]:
    """Cut and cleaned instead of refused: a word of somebody's device must not keep a whole job from being reported."""
    return {_line(name): _line(value) for name, value in islice(values.items(), _MOST_VALUES)}


def _line(text: str) -> str:
    return _NOT_SHOWN.sub(" ", text[:_LONGEST_VALUE])


class TimelineEntry(BaseModel):
    """One thing that happened to a job.

    ``values`` fill the sentence: data of others, never markup, each a line of at most 1,023 characters, at most 64.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sequence: int = Field(ge=1)
    """Counts from 1 within the job, without gaps."""
    at: Moment
    event: JobEvent
    values: Annotated[dict[str, str], AfterValidator(_lines)] = {}

    def sentence(self) -> str:
        """What a person reads; a value that is missing is shown as an ellipsis.

        Behind it a weak way is named, and why the job does not go another route (``route_words``).
        """
        way = WAYS.get(self.values.get("way", ""))
        if way and route_words.through(self.values):
            way = way.replace("It travels", "From there it travels")  # as far as that computer nobody can read it
        notes = (way, INSTEAD_OF.get(self.values.get("instead_of", "")))
        return " ".join((self.plainly(), *filter(None, notes), *route_words.notes(self.values)))

    def plainly(self) -> str:
        """The sentence, without what stands behind it."""
        known = _Known(self.values)
        if self.event is JobEvent.ROUTE:
            return route_words.going(known["printer"], self.values)
        if self.event is JobEvent.SENDING and (through := route_words.through(self.values)):
            return f"Sending to {known['printer']} {through}."
        return SENTENCES[self.event].format_map(known)


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"
