"""The IPP printers of the queues: each is made when somebody asks for it, so that a start loads none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from presswork.agent.desired import Desired
from presswork.agent.intake.defaults import default_attributes
from presswork.agent.intake.front import ICON
from presswork.agent.queue_states import QueueState, QueueStates
from presswork.core.clock import Clock
from presswork.documents.inspect import FORMATS, POSTSCRIPT
from presswork.printer.description import PrinterDescription
from presswork.printer.device import Device
from presswork.printer.events import Subscriptions
from presswork.printer.media import SIZES
from presswork.printer.model import SHUT_DOWN, Identify, PrinterState, PrinterStateValue
from presswork.printer.printer import Printer
from presswork.printer.store import JobStore
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.text import cleaned

PATH = "/ipp/print/"
LOOPBACK = "127.0.0.1"
"""The address, not a name: at ::1 somebody else might listen."""
_NUMBER_UP = (1, 2, 4, 6, 9, 16)
_log = structlog.get_logger(__name__)

Parts = Callable[[QueueSpec], tuple[JobStore, Device | None]]
"""What stands behind the Printer of a queue; without a device nobody rules it there, or subscribes to it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the Printers do, and take."""

    document_formats: tuple[str, ...]
    operations: frozenset[int] | None = None
    """None: all there are."""
    takes_unknown: bool = False
    """See ``PrinterDescription``."""


LOCAL = Offer((*FORMATS, POSTSCRIPT))
"""To the printing system of this computer."""


@dataclass(slots=True)
class _Made:
    queue: QueueSpec
    state: QueueState
    printer: Printer
    events: Subscriptions


class Printers:
    """Finds the Printer of a path. A queue that changed gets a new one; one that is gone is gone."""

    def __init__(
        self,
        desired: Desired,
        states: QueueStates,
        clock: Clock,
        port: int,
        parts: Parts,
        *,
        host: str = LOOPBACK,
        offer: Offer = LOCAL,
    ) -> None:
        """``host``: how those who print reach this computer."""
        self._desired = desired
        self._states = states
        self._clock = clock
        self._port = port
        self._parts = parts
        self._made: dict[str, _Made] = {}
        self._generation = desired.generation
        self._host = host
        self._offer = offer

    def find(self, path: str) -> Printer | None:
        """The Printer whose URIs have this path."""
        name = path.removeprefix(PATH)
        if name == path:
            return None
        if self._generation != self._desired.generation:
            self._forget_removed()
        queue = self._desired.queue(name)
        if queue is None:
            return None
        made, state = self._made.get(name), self._states.of(queue.queue_id)
        if made is None or made.queue != queue:
            made = self._made[name] = self._make(queue, state, made)
        elif made.state is not state:
            self._show(made, state)
        return made.printer

    def with_listeners(self) -> dict[UUID, Printer]:
        """The Printers that somebody subscribed to, by their queues."""
        return {made.queue.queue_id: made.printer for made in self._made.values() if made.events.any}

    def _make(self, queue: QueueSpec, state: QueueState, before: _Made | None) -> _Made:
        kept = before is not None and before.queue.queue_id == queue.queue_id
        events = before.events if before is not None and kept else Subscriptions(self._clock, private=True)
        store, device = self._parts(queue)
        printer = Printer(
            description_of(queue, self._port, state.message, self._host, self._offer),
            store,
            self._clock,
            identify=_displays(queue.name),
            device=device,
            events=None if device is None else events,
            only=self._offer.operations,
        )
        printer.state = _shown(state)
        return _Made(queue, state, printer, events)

    def _show(self, made: _Made, state: QueueState) -> None:
        """What an operator said since."""
        if state.message != made.state.message:
            made.printer.description = description_of(made.queue, self._port, state.message, self._host, self._offer)
        made.printer.state = _shown(state)
        made.state = state

    def _forget_removed(self) -> None:
        self._generation = self._desired.generation
        self._made = {name: made for name, made in self._made.items() if self._desired.queue(name) is not None}


def description_of(
    queue: QueueSpec, port: int, message: str = "", host: str = LOOPBACK, offer: Offer = LOCAL
) -> PrinterDescription:
    """What the queue's Printer says of itself. It offers what common printers do; the one chosen at release decides."""
    return PrinterDescription(
        name=queue.name,
        uuid=queue.queue_id,
        uris=(f"ipp://{host}:{port}{PATH}{queue.name}",),
        more_info=f"http://{host}:{port}/",
        info=queue.info or queue.name,
        location=queue.location,
        make="Presswork",
        model="Queue",
        icons=(f"http://{host}:{port}{ICON}",),
        message_from_operator=message,
        document_formats=offer.document_formats,
        takes_unknown=offer.takes_unknown,
        number_up=_NUMBER_UP,
        job_sheets=("none", "standard"),
        identify_actions=("display",) if offer.operations is None else (),
        media_default=queue.defaults.media if queue.defaults.media in SIZES else SIZES[0],
        defaults=default_attributes(queue.defaults),
    )


def _shown(state: QueueState) -> PrinterState:
    if state.shut_down:
        return PrinterState(PrinterStateValue.STOPPED, SHUT_DOWN, "Shut down by this computer's administrator.", False)
    said = {
        "paused": "Paused: jobs are taken and wait." if state.paused else "",
        "hold-new-jobs": "New jobs wait until the administrator lets them go." if state.holds_new else "",
    }
    return PrinterState(
        printer_state=PrinterStateValue.STOPPED if state.paused else PrinterStateValue.IDLE,
        printer_state_reasons=tuple(reason for reason, text in said.items() if text) or ("none",),
        printer_state_message=" ".join(filter(None, said.values())),
        printer_is_accepting_jobs=not state.disabled,
    )


def _displays(queue: str) -> Identify:
    """Identify-Printer: a queue has no panel but the log of its agent."""

    async def display(_: tuple[str, ...], message: str) -> None:
        _log.info("this is the queue somebody looks for", queue=queue, message=cleaned(message, 127))

    return display
