"""What a printer says it can do: its answer to Get-Printer-Attributes, read with distrust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.text import cleaned_value
from presswork.protocols.ipp.values import Tag, Value

STATE_ATTRIBUTES = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs")
State = Literal["idle", "processing", "stopped", "unknown"]
_STATES: dict[object, State] = {3: "idle", 4: "processing", 5: "stopped"}
_LONGEST = 255
_MOST = 100


@dataclass(frozen=True, slots=True)
class Capabilities:
    """A printer, as it describes itself."""

    attributes: Mapping[str, Attribute]

    @classmethod
    def of(cls, reply: Message) -> Capabilities:
        """From the answer."""
        return cls({attribute.name: attribute for attribute in reply.group(Tag.PRINTER)})

    def values(self, name: str) -> tuple[Value, ...]:
        """The values of an attribute; none where the printer does not have it."""
        attribute = self.attributes.get(name)
        return () if attribute is None else attribute.values

    def lines(self, name: str) -> tuple[str, ...]:
        """The values as lines to show or compare."""
        return tuple(cleaned_value(value, _LONGEST) for value in self.values(name)[:_MOST])

    def supports(self, operation: Operation) -> bool:
        """Whether it names that operation."""
        return operation in self.values("operations-supported")

    def takes(self, document_format: str) -> bool:
        """Whether it names that document format; names of media types have no case (RFC 2045 §5.1)."""
        wanted = document_format.partition(";")[0].strip().lower()
        return any(line.partition(";")[0].strip().lower() == wanted for line in self.lines("document-format-supported"))

    @property
    def accepting(self) -> bool:
        """``printer-is-accepting-jobs``; true where it is not said."""
        return self.values("printer-is-accepting-jobs")[:1] != (False,)

    @property
    def state(self) -> State:
        """``printer-state``."""
        return _STATES.get(next(iter(self.values("printer-state")), None), "unknown")

    @property
    def state_reasons(self) -> tuple[str, ...]:
        """``printer-state-reasons`` but for ``none``."""
        return tuple(reason for reason in self.lines("printer-state-reasons") if reason and reason != "none")
