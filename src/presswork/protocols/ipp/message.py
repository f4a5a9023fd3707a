"""Group and message (RFC 8010 §3.1); ``Attribute`` is with the values it holds, and a value may hold attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from presswork.protocols.ipp.values import Attribute, Tag

__all__ = ["VERSION_1_1", "VERSION_2_0", "Attribute", "Group", "Message"]

VERSION_1_1 = (1, 1)
VERSION_2_0 = (2, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes under one delimiter tag, in order."""

    tag: int
    attributes: tuple[Attribute, ...]

    @classmethod
    def of(cls, tag: int, attributes: Iterable[Attribute]) -> Group:
        """A group from any iterable of attributes."""
        return cls(tag, tuple(attributes))

    def get(self, name: str) -> Attribute | None:
        """The attribute of that name; the first, should a peer send it twice."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.attributes)


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response: ``code`` is the operation-id of the one, the status-code of the other."""

    version: tuple[int, int]
    code: int
    request_id: int
    groups: tuple[Group, ...]

    def group(self, tag: Tag) -> Group:
        """The first group with that tag; an empty one where there is none."""
        return next((group for group in self.groups if group.tag == tag), Group(tag, ()))

    def all(self, tag: Tag) -> tuple[Group, ...]:
        """Every group with that tag: Get-Jobs answers one a job."""
        return tuple(group for group in self.groups if group.tag == tag)
