"""Attribute, group, message (RFC 8010 §3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from presswork.protocols.ipp.values import Tag, Value

VERSION_1_1 = (1, 1)
VERSION_2_0 = (2, 0)


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name and one or more values (a 1setOf when more than one)."""

    name: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, name: str, *values: Value) -> Attribute:
        """An attribute from its values."""
        return cls(name, values)

    @property
    def value(self) -> Value:
        """The first value."""
        return self.values[0]


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
