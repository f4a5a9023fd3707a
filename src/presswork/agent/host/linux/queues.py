"""What a queue of ours is in cupsd, and what must change so that cupsd has exactly the queues we want: no I/O."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from presswork.printer.media import SIZES
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.values import Enum, Keyword, Name, Text, Uri

OPERATION_POLICY = "authenticated"
"""cupsd then proves the owner of each job by the credentials of the peer at its domain socket."""
ERROR_POLICY = "retry-job"
"""A job that fails is tried again and lets others pass; the queue goes on (docs/explanation/cupsd.md)."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PATH = "/ipp/print/"
_STOPPED = 5
_IDLE = 3
_RAW = "Local Raw Printer"
"""What cupsd calls a queue of which it does not know the capabilities."""
_PAUSED_BY_A_PERSON = "Paused"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""An account that is neither a group nor everybody to cupsd."""
_DUPLEX = {
    None: "None",
    "one-sided": "None",
    "two-sided-long-edge": "DuplexNoTumble",
    "two-sided-short-edge": "DuplexTumble",
}
QUEUE_ATTRIBUTES = (
    "printer-name",
    "device-uri",
    "printer-info",
    "printer-location",
    "printer-op-policy",
    "printer-error-policy",
    "printer-make-and-model",
    "printer-state",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "printer-op-policy-supported",
    "requesting-user-name-allowed",
    "copies-default",
    "media-default",
    "print-color-mode-default",
    "Duplex-default",
)
"""What ``QueueInCups.of`` reads."""


@dataclass(frozen=True, slots=True)
class QueueInCups:
    """A queue as cupsd has it."""

    name: str
    device_uri: str
    info: str
    location: str
    op_policy: str
    error_policy: str
    capabilities_known: bool
    stopped: bool
    accepting: bool
    message: str
    policies: frozenset[str]
    allowed: frozenset[str] = frozenset()
    """The accounts that may print; empty: all."""
    copies: int = 1
    duplex: str = ""
    """The choice of the option ``Duplex`` that its jobs get; empty: its own default."""
    media: str = ""
    color_mode: str = ""

    @classmethod
    def of(cls, group: Group) -> QueueInCups:
        """From one group of the answer to CUPS-Get-Printers."""

        def text(name: str) -> str:
            attribute = group.get(name)
            return "" if attribute is None else str(attribute.value)

        def texts(name: str) -> frozenset[str]:
            attribute = group.get(name)
            return frozenset() if attribute is None else frozenset(map(str, attribute.values))

        copies = group.get("copies-default")
        accepting = group.get("printer-is-accepting-jobs")
        state = group.get("printer-state")
        return cls(
            name=text("printer-name"),
            device_uri=text("device-uri"),
            info=text("printer-info"),
            location=text("printer-location"),
            op_policy=text("printer-op-policy"),
            error_policy=text("printer-error-policy"),
            capabilities_known=text("printer-make-and-model") != _RAW,
            stopped=state is not None and state.value == _STOPPED,
            accepting=accepting is not None and accepting.value is True,
            message=text("printer-state-message"),
            policies=texts("printer-op-policy-supported"),
            allowed=texts("requesting-user-name-allowed"),
            copies=copies.value if copies is not None and isinstance(copies.value, int) else 1,
            duplex=text("Duplex-default"),
            media=text("media-default"),
            color_mode=text("print-color-mode-default"),
        )

    @property
    def stopped_by_cupsd(self) -> bool:
        """Stopped because a job failed; a person's pause has a message of its own."""
        return self.stopped and self.message != _PAUSED_BY_A_PERSON

    @property
    def unfinished(self) -> bool:
        """Ready but for taking jobs; a person who closes or pauses a queue leaves a message."""
        return not self.accepting and not self.message


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done in cupsd."""

    install: tuple[QueueSpec, ...]
    """Missing, or not leading to us as it should, or without capabilities."""
    describe: tuple[QueueSpec, ...]
    """There, but with another description or policy."""
    renew: tuple[QueueSpec, ...]
    """There, but cupsd knows other defaults of it."""
    accept: tuple[str, ...]
    """There and right, but not taking jobs."""
    remove: tuple[str, ...]
    """Not wanted; or wanted, but without the policy, and then also in ``install``. Their jobs go with them."""
    taken: tuple[str, ...]
    """Wanted names that a queue of somebody else has."""


class OurQueues:
    """Our queues are those that lead to the agent's own local web server."""

    def __init__(self, local_web_port: int) -> None:
        self._port = local_web_port

    def device_uri(self, queue: str) -> str:
        """Where cupsd sends the jobs of a queue.

        An address, not a name: nobody else can wait at ``::1`` for what is meant for us. cupsd is not to wait for the
        job to be printed: it would hold back, in plain, the jobs behind it.
        """
        return f"ipp://127.0.0.1:{self._port}{_PATH}{queue}?waitjob=false"

    def is_ours(self, device_uri: str) -> bool:
        """Whether a queue with that device-uri is ours to change or remove."""
        try:
            parts = urlsplit(device_uri)
            port = parts.port
        except ValueError:
            return False
        local = parts.hostname in _LOCAL
        return parts.scheme == "ipp" and local and port == self._port and parts.path.startswith(_PATH)

    def is_back_door(self, queue: QueueInCups) -> bool:
        """Whether a queue leads to us under another name than its own.

        Anybody may have cupsd make a queue for a while (CUPS-Create-Local-Printer), without proof of who prints to it.
        """
        try:
            parts = urlsplit(queue.device_uri)
            port = parts.port
        except ValueError:
            return False
        own_name = parts.path.lower() == f"{_PATH}{queue.name}".lower()
        return parts.hostname in _LOCAL and port == self._port and not (own_name and self.is_ours(queue.device_uri))

    def plan(self, wanted: Collection[QueueSpec], present: Collection[QueueInCups]) -> Plan:
        """Compare; cupsd knows no difference between capital and small letters in names."""
        by_name = {queue.name.lower(): queue for queue in present}
        names = {spec.name.lower() for spec in wanted}
        install, describe, renew, accept, taken = [], [], [], [], []
        remove = [queue.name for queue in present if self.is_ours(queue.device_uri) and queue.name.lower() not in names]
        for spec in wanted:
            queue = by_name.get(spec.name.lower())
            if queue is None:
                install.append(spec)
            elif not self.is_ours(queue.device_uri):
                taken.append(spec.name)
            elif queue.device_uri != self.device_uri(spec.name) or not queue.capabilities_known:
                install.append(spec)
            elif queue.op_policy != OPERATION_POLICY:
                remove.append(queue.name)  # with its jobs: nobody proved whose they are
                install.append(spec)
            else:
                if not has_defaults(queue, spec):
                    renew.append(spec)
                elif not _is_described(queue, spec):
                    describe.append(spec)
                if queue.unfinished:
                    accept.append(queue.name)
        return Plan(tuple(install), tuple(describe), tuple(renew), tuple(accept), tuple(remove), tuple(taken))

    def installation(self, spec: QueueSpec) -> tuple[Attribute, ...]:
        """The printer attributes of a queue to be made; it takes no jobs until cupsd knows what it can do."""
        return (
            Attribute.of("device-uri", Uri(self.device_uri(spec.name))),
            Attribute.of("ppd-name", Name("everywhere")),
            *self.description(spec),
            Attribute.of("printer-is-shared", False),
            Attribute.of("printer-is-accepting-jobs", False),
            Attribute.of("printer-state", Enum(_IDLE)),
        )

    def renewal(self, spec: QueueSpec) -> tuple[Attribute, ...]:
        """The printer attributes with which cupsd asks anew what a queue can do, and by what defaults."""
        return (
            Attribute.of("device-uri", Uri(self.device_uri(spec.name))),
            Attribute.of("ppd-name", Name("everywhere")),
            *self.description(spec),
        )

    def description(self, spec: QueueSpec) -> tuple[Attribute, ...]:
        """The printer attributes that may change later."""
        info, location, op_policy, error_policy = _description(spec)
        return (
            Attribute.of("printer-info", Text(info)),
            Attribute.of("printer-location", Text(location)),
            Attribute.of("printer-op-policy", Name(op_policy)),
            Attribute.of("printer-error-policy", Name(error_policy)),
            Attribute("requesting-user-name-allowed", tuple(map(Name, sorted(_allowed(spec)) or ("all",)))),
            # These two as options of its jobs: cupsd's own file of the queue always says one copy, one side.
            Attribute.of("copies-default", spec.defaults.copies or 1),
            Attribute.of("Duplex-default", Name(_DUPLEX[spec.defaults.sides])),
        )


def has_defaults(queue: QueueInCups, spec: QueueSpec) -> bool:
    """Whether cupsd knows the paper and colour that the queue's own Printer says: it asks about them when it is told to."""
    media, color_mode = spec.defaults.media, spec.defaults.print_color_mode
    right_media = media not in SIZES or queue.media == media
    right_color = color_mode is None or (queue.color_mode == "monochrome") == (color_mode == "monochrome")
    return right_media and right_color


def requested(*names: str) -> Attribute:
    """``requested-attributes``."""
    return Attribute.of("requested-attributes", *map(Keyword, names))


def _description(spec: QueueSpec) -> tuple[str, str, str, str]:
    # cupsd keeps them in a file of lines and words, so runs of blanks do not come back
    info, location = " ".join(spec.info.split()), " ".join(spec.location.split())
    return info or spec.name, location, OPERATION_POLICY, ERROR_POLICY


def _is_described(queue: QueueInCups, spec: QueueSpec) -> bool:
    description = (queue.info, queue.location, queue.op_policy, queue.error_policy)
    same_defaults = (
        queue.copies == (spec.defaults.copies or 1) and (queue.duplex or "None") == _DUPLEX[spec.defaults.sides]
    )
    return _description(spec) == description and queue.allowed == _allowed(spec) and same_defaults


def _allowed(spec: QueueSpec) -> frozenset[str]:
    """Whom cupsd lets print; empty: everybody. Where a name would mean something else to it, the intake alone decides."""
    accounts = frozenset(spec.accounts or ())
    return (
        accounts
        if all(_PLAIN_NAME.fullmatch(name) and name not in ("all", "none") for name in accounts)
        else frozenset()
    )
