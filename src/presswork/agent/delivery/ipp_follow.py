"""What an IPP device says of a job it has, until it is over (RFC 8011 §4.3.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.ipp_replies import LAST_SUCCESS, status_words
from presswork.agent.delivery.way import End, News, Taken, Tell
from presswork.agent.delivery.words import obstacles, why_ended
from presswork.agent.spool.job import Outcome
from presswork.core.clock import Clock
from presswork.core.errors import Fault, NotFound
from presswork.net.ipp_client import IppClient
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.text import cleaned_value
from presswork.protocols.ipp.values import Keyword, Tag

_WANTED = ("job-id", "job-state", "job-state-reasons", "job-impressions-completed")
_PRINTER = ("printer-state", "printer-state-reasons")
_MOST = 50
_ROUNDING = 2.0
"""A device tells times in whole seconds."""
Connected = Callable[[], AbstractAsyncContextManager[IppClient]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at the job."""

    state: JobState
    reasons: tuple[str, ...]
    impressions: int | None
    obstacles: str
    age: int | None
    """Seconds since the device created the job; None where it does not tell, or tells what cannot be."""

    @property
    def end(self) -> End | None:
        """The end, when it is over."""
        match self.state:
            case JobState.COMPLETED:
                return End(Outcome.PRINTED, JobEvent.PRINTED, impressions=self.impressions)
            case JobState.CANCELED | JobState.ABORTED:
                return End.not_printed(why_ended(self.reasons))
            case _:
                return None

    @property
    def lacks_document(self) -> bool:
        """Whether the device still waits for the document, or for the rest of it."""
        return "job-incoming" in self.reasons

    @property
    def news(self) -> News:
        """What to tell while it is not."""
        stopped = self.state is JobState.PROCESSING_STOPPED
        return News(JobState.PROCESSING_STOPPED if stopped else JobState.PROCESSING, self.obstacles)


class Follower:
    """Looks again and again, each time a little later; a device that does not answer is asked again."""

    def __init__(self, connected: Connected, deadlines: Deadlines, clock: Clock) -> None:
        self._connected = connected
        self._deadlines = deadlines
        self._clock = clock

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """Until the job is over; ``tell`` hears what changed."""
        async with self._connected() as client:
            return await self._follow(client, taken, tell)

    async def _follow(self, client: IppClient, taken: Taken, tell: Tell) -> End:
        told = News(JobState.PROCESSING, "")
        began = reached = self._clock.monotonic()
        marked = began - taken.age
        delay = self._deadlines.first_poll
        while self._clock.monotonic() - began < self._deadlines.follow:
            try:
                seen = await self._look(client, taken.device_job_id, marked)
            except NotFound:
                break
            except Fault:
                if self._clock.monotonic() - reached > self._deadlines.out_of_reach:
                    break
            else:
                reached = self._clock.monotonic()
                if seen.end is not None:
                    return seen.end
                if seen.lacks_document and not taken.answered and reached - began > self._deadlines.settle:
                    return await self.settle(taken.device_job_id, marked)
                if seen.news != told:
                    told, delay = seen.news, self._deadlines.first_poll
                    await tell(told)
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, self._deadlines.slowest_poll)
        return End.unknown(JobEvent.OUT_OF_SIGHT)

    async def stands(self, device_job_id: int, tell: Tell) -> bool:
        """Whether the device has stopped for a reason that somebody at it can do away with; ``tell`` hears it."""
        with suppress(Fault):
            async with self._connected() as client:
                seen = await _look(client, device_job_id)
            if seen.end is None and seen.obstacles:
                await tell(seen.news)
                return True
        return False

    async def settle(self, device_job_id: int, marked: float) -> End:
        """What became of a document that broke off: certainly not printed when the device gave it up with no page out.

        The device is asked to cancel it, so that it neither waits for the rest nor prints a part. ``marked``: by the
        monotonic clock, when the device had created the job.
        """
        try:
            async with asyncio.timeout(self._deadlines.settle), self._connected() as client:
                return await self._settle(client, device_job_id, marked)
        except TimeoutError:
            return End.unknown(JobEvent.BROKEN_OFF)

    async def _settle(self, client: IppClient, device_job_id: int, marked: float) -> End:
        delay = self._deadlines.first_poll
        while True:
            with suppress(Fault):
                seen = await self._look(client, device_job_id, marked)
                if seen.end is not None:
                    given_up = seen.state is not JobState.COMPLETED and not seen.impressions
                    return seen.end if given_up else End.unknown(JobEvent.BROKEN_OFF)
                await client.call(Operation.CANCEL_JOB, Attribute.of("job-id", device_job_id))
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, self._deadlines.slowest_poll)

    async def _look(self, client: IppClient, device_job_id: int, marked: float) -> Seen:
        """``NotFound`` also for a job that the device created after our mark.

        A device that was switched off and on may number its jobs from 1 again: what has our number now is another's. Times
        at the device start anew then, too (RFC 8011 §5.3.14), so only the distance of two of them is looked at.
        """
        seen = await _look(client, device_job_id)
        if seen.age is not None and seen.age + _ROUNDING < self._clock.monotonic() - marked:
            raise NotFound("The printer has forgotten the job, and numbers its jobs anew.")
        return seen


async def _look(client: IppClient, device_job_id: int) -> Seen:
    """Raises ``NotFound`` for a job the device does not know, and what the client raises."""
    reply = await client.call(
        Operation.GET_JOB_ATTRIBUTES,
        Attribute.of("job-id", device_job_id),
        Attribute.of("requested-attributes", *map(Keyword, _WANTED)),
    )
    if reply.code in (Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE):
        raise NotFound("The printer does not know the job any more.")
    if reply.code > LAST_SUCCESS:
        raise Fault(f"The printer does not tell about the job: {status_words(reply)}.")
    said = reply.group(Tag.JOB).get("job-id")
    if said is not None and said.value != device_job_id:
        raise Fault("The printer tells about another job than it was asked for.")
    seen = _seen(reply)
    if seen.end is not None:
        return seen
    printer = await client.call(
        Operation.GET_PRINTER_ATTRIBUTES, Attribute.of("requested-attributes", *map(Keyword, _PRINTER))
    )
    return replace(seen, obstacles=obstacles(Capabilities.of(printer).state_reasons))


def _seen(reply: Message) -> Seen:
    job = reply.group(Tag.JOB)
    state, impressions, reasons = (
        job.get("job-state"),
        job.get("job-impressions-completed"),
        job.get("job-state-reasons"),
    )
    count = impressions.value if impressions is not None else None
    return Seen(
        _state(state),
        () if reasons is None else tuple(cleaned_value(reason, 255) for reason in reasons.values[:_MOST]),
        count if isinstance(count, int) and count >= 0 else None,
        "",
        _age(job),
    )


def _age(job: Group) -> int | None:
    created, now = (job.get(name) for name in ("time-at-creation", "job-printer-up-time"))
    if created is None or now is None or not (isinstance(created.value, int) and isinstance(now.value, int)):
        return None
    return now.value - created.value if now.value >= created.value else None


def _state(attribute: Attribute | None) -> JobState:
    """A state we do not know is not the end."""
    value = attribute.value if attribute is not None else None
    try:
        return JobState(value) if isinstance(value, int) else JobState.PROCESSING
    except ValueError:
        return JobState.PROCESSING
