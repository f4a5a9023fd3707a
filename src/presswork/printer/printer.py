"""The Printer object: takes a request, calls its operation, answers (RFC 8011 §4)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog

from presswork.core.clock import Clock
from presswork.core.errors import Fault, Unavailable
from presswork.printer.description import PrinterDescription
from presswork.printer.device import Device
from presswork.printer.events import Subscriptions
from presswork.printer.job import Job, Requester
from presswork.printer.model import Identify, PrinterModel, PrinterState
from presswork.printer.operations import DEVICE_OPERATIONS, EVENT_OPERATIONS, OPERATIONS, Entry
from presswork.printer.reply import Reply
from presswork.printer.request import check_head, read_request
from presswork.printer.status import Refused, status_of
from presswork.printer.store import JobStore
from presswork.protocols.ipp.message import Message
from presswork.protocols.ipp.registry import Operation, Status

_log = structlog.get_logger()
_WHEN_SHUT_DOWN = frozenset((Operation.GET_PRINTER_ATTRIBUTES, Operation.STARTUP_PRINTER))


class Printer:
    """One IPP Printer over a JobStore.

    ``identify`` is called by Identify-Printer, where the description offers it. A ``device`` can be ruled by operators;
    with ``events`` clients can subscribe. Together they make an IPP/2.2 Printer (PWG 5100.12 §4.4). ``only``: operations
    that are offered, of those there would be.
    """

    def __init__(
        self,
        description: PrinterDescription,
        store: JobStore,
        clock: Clock,
        *,
        identify: Identify | None = None,
        device: Device | None = None,
        events: Subscriptions | None = None,
        only: frozenset[int] | None = None,
    ) -> None:
        self._operations = dict(OPERATIONS)
        if not description.identify_actions:
            del self._operations[Operation.IDENTIFY_PRINTER]
        if device is not None:
            self._operations |= DEVICE_OPERATIONS
        if events is not None:
            self._operations |= EVENT_OPERATIONS
        if only is not None:
            self._operations = {code: entry for code, entry in self._operations.items() if code in only}
        self._model = PrinterModel(
            description, store, clock, sorted(self._operations), identify=identify, device=device, events=events
        )

    @property
    def description(self) -> PrinterDescription:
        """What it says of itself; a new one takes effect with the next request."""
        return self._model.description

    @description.setter
    def description(self, description: PrinterDescription) -> None:
        self._model.describe(description)

    @property
    def state(self) -> PrinterState:
        """``printer-state`` and what belongs to it."""
        return self._model.state

    @state.setter
    def state(self, state: PrinterState) -> None:
        self._model.state = state

    def job_changed(self, before: Job | None, job: Job) -> None:
        """Called by whoever keeps the jobs, so that subscribers hear of it; ``before`` is None for a new job."""
        self._model.job_changed(before, job)

    def takes_document(self, operation: int) -> bool:
        """Whether document octets may follow a request for that operation."""
        entry = self._operations.get(operation)
        return entry is not None and entry.takes_document

    def asks_who(self, operation: int) -> bool:
        """Whether the requester matters to that operation."""
        entry = self._operations.get(operation)
        return entry is None or entry.asks_who

    async def answer(self, message: Message, document: AsyncIterator[bytes], requester: Requester) -> Reply:
        """Answer one request; faults become status codes, anything unexpected server-error-internal-error."""
        try:
            check_head(message)
            entry = self._entry(message.code)
            request = read_request(message, entry.attributes, self._model.path, requester)
            return await entry.run(self._model, request, document)
        except Fault as fault:
            return refuse(fault)
        except Exception:
            _log.exception("ipp operation failed", printer=self.description.name, operation=message.code)
            return Reply(
                Status.SERVER_ERROR_INTERNAL_ERROR,
                status_message="Something went wrong in this printer. Try again; its log says more.",
            )

    def _entry(self, operation: int) -> Entry:
        entry = self._operations.get(operation)
        if entry is None:
            raise Refused(
                Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED,
                "This printer cannot do what was asked: it has no such operation (RFC 8011 §4.1.2).",
            )
        if self._model.is_shut_down and operation not in _WHEN_SHUT_DOWN:
            raise Unavailable("This printer was shut down by its operator. Ask them to start it up again.")
        return entry

    async def handle(self, message: Message, document: AsyncIterator[bytes], requester: Requester) -> Message:
        """The same as a message."""
        reply = await self.answer(message, document, requester)
        return reply.message(reply_version(message.version), message.request_id)


def refuse(fault: Fault) -> Reply:
    """The reply that tells a fault."""
    unsupported = fault.unsupported if isinstance(fault, Refused) else ()
    return Reply(status_of(fault), (), unsupported, fault.sentence)


def reply_version(version: tuple[int, int]) -> tuple[int, int]:
    """The version a request is answered with: its own, or the nearest we speak (RFC 8011 §4.1.8)."""
    major, minor = version
    if major == 1:
        return 1, min(minor, 1)
    return (2, min(minor, 2)) if major >= 2 else (1, 1)
