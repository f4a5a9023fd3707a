"""What a printer says of a job over the connection the job came by (PJL unsolicited status)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from presswork.agent.delivery.way import End, News
from presswork.agent.spool.job import Outcome
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.text import cleaned
from presswork.protocols.pjl import AnswerReader, DeviceStatus, Info, JobStatus, PageStatus

_PIECE = 64 * 1024
_MOST_INFOS = 20
_LONGEST = 60
_CODES: dict[int, str] = {
    10002: "offline",
    40000: "",
    40010: "a toner or ink cartridge is missing",
    40019: "the output tray is full",
    40021: "a cover is open",
    40022: "a paper jam",
    40079: "offline",
}
"""Status codes of the PJL Technical Reference, appendix D; 40000 is its sleep."""
_THOUSANDS: dict[int, str] = {41: "out of paper, or other paper is needed", 42: "a paper jam", 44: "a paper jam"}
_ENDS: dict[str, str] = {
    "USER_CANCELED": "it was canceled at the printer's panel",
    "HOST_CANCELED": "a computer canceled it at the printer",
    "RESOURCE_CANCELED": "the printer gave it up for want of paper or something else",
}


class BackChannel:
    """Everything heard so far. ``run`` listens; ``changed`` is set when there is something new."""

    def __init__(self, reader: asyncio.StreamReader, name: str = "") -> None:
        self._reader = reader
        self._name = name
        self._answers = AnswerReader()
        self.changed = asyncio.Event()
        self.infos: list[Info] = []
        self.heard = False
        """Whether it said anything of its state or of the job."""
        self.closed = False
        self.at_work = False
        """Whether it said of itself that it prints, last."""
        self.obstacle = ""
        self._end: JobStatus | None = None

    async def run(self) -> None:
        """Listen until the printer closes its side. What is not understood is dropped; unread, it would break our own sending."""
        with suppress(OSError):
            while data := await self._reader.read(_PIECE):
                for answer in self._answers.feed(data):
                    self._take(answer)
                self.changed.set()
        self.closed = True
        self.changed.set()

    @property
    def news(self) -> News:
        """What to tell of the job."""
        stopped = JobState.PROCESSING_STOPPED if self.obstacle else JobState.PROCESSING
        return News(stopped, self.obstacle)

    def end(self, pages: int | None) -> End | None:
        """How the job of so many pages ended, once the printer said so.

        It counts a side, or a sheet, or one set of several: less than the sheets of one set is too little for any of them.
        """
        if self._end is None:
            return None
        result, printed = self._end.result, self._end.pages
        if self._end.kind == "CANCELED" or result.endswith("CANCELED"):
            return End.not_printed(_ENDS.get(result, "it was canceled at the printer"))
        if printed == 0:
            return End.not_printed("the printer says that no page of it came out")
        if printed is not None and pages is not None and printed < -(-pages // 2):
            return End.unknown(JobEvent.COUNTER_SHORT)
        return End(Outcome.PRINTED, JobEvent.PRINTED, impressions=printed)

    def _take(self, answer: JobStatus | DeviceStatus | PageStatus | Info) -> None:
        match answer:
            case Info():
                self.infos = [*self.infos, answer][-_MOST_INFOS:]
                return
            case JobStatus(kind="START"):
                pass
            case JobStatus(name=name) if name == self._name:
                # what follows a cancellation says the same once more, or nothing
                self._end = self._end or answer
            case DeviceStatus():
                self.obstacle = _obstacle(answer)
                self.at_work = answer.code == 10023
            case PageStatus():
                self.at_work = True
            case _:
                return
        self.heard = True


def _obstacle(status: DeviceStatus) -> str:
    """What keeps a job from coming out, in plain words where they are known; else what stands on the panel."""
    known = _CODES.get(status.code, _THOUSANDS.get(status.code // 1000))
    if known is not None:
        return known
    if status.online is not False and not 40_000 <= status.code < 60_000:
        return ""
    return cleaned(status.display, _LONGEST) or "something is wrong"
