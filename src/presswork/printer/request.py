"""The checks every request passes first, in the order of RFC 8011 §4.1, and what operations read from it then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

from presswork.printer.job import Requester
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.syntax import syntax_of
from presswork.protocols.ipp.text import cleaned, find_unclean
from presswork.protocols.ipp.values import (
    Charset,
    Collection,
    Keyword,
    MimeMediaType,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    OutOfBand,
    Tag,
    Text,
    TextWithLanguage,
    Uri,
    UriScheme,
    Value,
    tag_of,
)

_LONGEST: Final[dict[type, int]] = {
    Text: 1023,
    Name: 255,
    Keyword: 255,
    Uri: 1023,
    UriScheme: 63,
    Charset: 63,
    NaturalLanguage: 63,
    MimeMediaType: 255,
}
"""Octets (RFC 8011 §5.1)."""
_COMPOSED: Final[dict[type, int]] = {TextWithLanguage: 1023, NameWithLanguage: 255, bytes: 1023, Collection: 0}
_USUAL: Final[dict[str, type]] = {
    "printer-uri": Uri,
    "job-uri": Uri,
    "requesting-user-name": Name,
    "requested-attributes": Keyword,
    "job-name": Name,
    "document-name": Name,
    "document-format": MimeMediaType,
    "compression": Keyword,
    "last-document": bool,
    "ipp-attribute-fidelity": bool,
}
"""What these nearly always are; anything else is compared with the registry."""
_CHARSETS: Final = ("utf-8", "us-ascii")
_URI_SCHEMES: Final = ("ipp", "ipps", "http", "https")
_COMMON: Final = frozenset(
    (
        "attributes-charset",
        "attributes-natural-language",
        "printer-uri",
        "job-uri",
        "job-id",
        "requesting-user-name",
        "requesting-user-uri",
        "client-info",
    )
)
_ONLY_HERE: Final = {
    "job-uuid": Tag.URI,
    "first-job-id": Tag.INTEGER,
    "notify-subscription-id": Tag.INTEGER,
    "notify-job-id": Tag.INTEGER,
    "predecessor-job-id": Tag.INTEGER,
    "my-subscriptions": Tag.BOOLEAN,
}
"""Operation attributes that the registry knows by another kind, or CUPS alone."""
_MOST_JOB_ID: Final = 2**31 - 1

T = TypeVar("T")


@dataclass(slots=True)
class Request:
    """A request whose operation attributes are of the right syntax and whose target is this Printer."""

    operation: dict[str, Attribute]
    ticket: Group
    """The job attributes group."""
    uri: str
    """The target as the client wrote it."""
    job_id: int | None
    requester: Requester
    """With ``requesting-user-name`` in the place of the channel's own name, where the channel may name owners."""
    owner_proof: Literal["peer", "spooler", "none"]
    unsupported: tuple[Attribute, ...]
    """Operation attributes this operation does not know: ignored and returned (RFC 8011 §4.1.7)."""
    message: Message
    """All of it, for operations with groups of their own."""

    def values(self, name: str) -> tuple[Value, ...]:
        """All values of an operation attribute; none where it was not sent."""
        attribute = self.operation.get(name)
        return attribute.values if attribute is not None else ()

    def get(self, name: str, kind: type[T]) -> T | None:
        """The value of an operation attribute, which is of that type; None where it was not sent."""
        attribute = self.operation.get(name)
        if attribute is None or not isinstance(attribute.value, kind):
            return None
        return attribute.value

    def text(self, name: str) -> str:
        """A text or name, with or without language; empty where it was not sent."""
        attribute = self.operation.get(name)
        if attribute is None:
            return ""
        value = attribute.value
        return value.text if isinstance(value, TextWithLanguage | NameWithLanguage) else str(value)

    def group(self, tag: Tag) -> tuple[Attribute, ...]:
        """The attributes of another group; none where it was not sent."""
        return self.message.group(tag).attributes

    def groups(self, tag: Tag) -> tuple[Group, ...]:
        """All groups of a kind."""
        return self.message.all(tag)

    def need(self, name: str) -> int:
        """A number the operation cannot do without."""
        value = self.get(name, int)
        if value is None:
            raise _bad(f"The request does not say {name}, without which it cannot be done.")
        return value

    def need_job_id(self) -> int:
        """The job of a job operation."""
        if self.job_id is None:
            raise _bad("A job operation needs job-uri, or printer-uri and job-id (RFC 8011 §4.1.5).")
        return self.job_id


def check_head(message: Message) -> None:
    """Version and request-id (RFC 8011 §4.1.8, §4.1.1)."""
    if message.version[0] not in (1, 2):
        raise Refused(
            Status.SERVER_ERROR_VERSION_NOT_SUPPORTED,
            "IPP versions 1.x and 2.x are spoken here (RFC 8011 §4.1.8).",
        )
    if message.request_id < 1:
        raise _bad("request-id must be 1 or more (RFC 8011 §4.1.1).")


def read_request(message: Message, known: frozenset[str], path: str, requester: Requester) -> Request:
    """Check groups, charset, language, values, target; raises ``Refused``. ``known`` are the operation's own attributes."""
    attributes = _operation_group(message)
    _check_charset_and_language(attributes)
    _check_values(message)
    operation, unsupported = _sort(attributes[2:], known)
    uri, job_id = _target(operation, path)
    requester, proof = _requester(operation, requester)
    return Request(operation, message.group(Tag.JOB), uri, job_id, requester, proof, unsupported, message)


def _operation_group(message: Message) -> tuple[Attribute, ...]:
    if not message.groups or message.groups[0].tag != Tag.OPERATION:
        raise _bad("The operation attributes group must come first (RFC 8011 §4.1.4).")
    tags = [group.tag for group in message.groups]
    if tags.count(Tag.OPERATION) > 1 or tags.count(Tag.JOB) > 1:
        raise _bad("The request has the same group of attributes twice (RFC 8011 §4.1.3).")
    for group in message.groups:
        names = [attribute.name for attribute in group.attributes]
        if len(names) != len(set(names)):
            raise _bad("The request has the same attribute twice in one group (RFC 8011 §4.1.3).")
    return message.groups[0].attributes


def _check_charset_and_language(attributes: tuple[Attribute, ...]) -> None:
    if len(attributes) < 2 or attributes[0].name != "attributes-charset":
        raise _bad("attributes-charset must be the first operation attribute (RFC 8011 §4.1.4).")
    if attributes[1].name != "attributes-natural-language":
        raise _bad("attributes-natural-language must be the second operation attribute (RFC 8011 §4.1.4).")
    charset, language = attributes[:2]
    if type(charset.value) is not Charset or type(language.value) is not NaturalLanguage or len(charset.values) > 1:
        raise _bad(
            "attributes-charset or attributes-natural-language holds another kind of value than it may (RFC 8011 §4.1.4.1)."
        )
    if str(charset.value).lower() not in _CHARSETS:
        raise Refused(
            Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED,
            "Texts are read here in utf-8 and us-ascii only (RFC 8011 §4.1.4.1).",
            (charset,),
        )


def _check_values(message: Message) -> None:
    """No control characters, nothing longer than its syntax; this is on the way of every request, so it is quick."""
    for group in message.groups:
        for attribute in group.attributes:
            if not attribute.name.isprintable():
                _check_clean(attribute)
            for value in attribute.values:
                if isinstance(value, str):
                    short = len(value) <= _LONGEST[type(value)]
                    if not (short and value.isascii() and value.isprintable()):
                        _check_one(attribute, value)
                elif type(value) in _COMPOSED:
                    _check_one(attribute, value)


def _check_one(attribute: Attribute, value: Value) -> None:
    if _is_too_long(value):
        raise Refused(
            Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG,
            f"{cleaned(attribute.name, 100)} is longer than it may be (RFC 8011 §5.1). Shorten it.",
        )
    _check_clean(attribute)


def _check_clean(attribute: Attribute) -> None:
    unclean = find_unclean(Message((2, 0), 0, 1, (Group(Tag.OPERATION, (attribute,)),)))
    if unclean is not None:
        raise _bad(f"{unclean} has a control character in it (RFC 8011 §5.1.2, §5.1.3).")


def _is_too_long(value: Value) -> bool:
    match value:
        case TextWithLanguage() | NameWithLanguage():
            return len(value.text.encode()) > _COMPOSED[type(value)]
        case Collection():
            return any(_is_too_long(one) for member in value.members for one in member.values)
        case str():
            return len(value.encode()) > _LONGEST[type(value)]
        case bytes():
            return len(value) > _COMPOSED[bytes]
        case _:
            return False


def _sort(attributes: Iterable[Attribute], known: frozenset[str]) -> tuple[dict[str, Attribute], tuple[Attribute, ...]]:
    operation: dict[str, Attribute] = {}
    unsupported = []
    for attribute in attributes:
        name = attribute.name
        if name not in _COMMON and name not in known:
            unsupported.append(Attribute.of(name, OutOfBand.UNSUPPORTED))
            continue
        if not _is_usual(name, attribute.values) and not _has_syntax(attribute):
            raise _bad(f"{name} holds another kind of value than it may (RFC 8011 §5.1).")
        operation[name] = attribute
    return operation, tuple(unsupported)


def _is_usual(name: str, values: tuple[Value, ...]) -> bool:
    if len(values) == 1:
        return type(values[0]) is _USUAL.get(name)
    return name == "requested-attributes" and {*map(type, values)} == {Keyword}


def _has_syntax(attribute: Attribute) -> bool:
    syntax = syntax_of("Operation", attribute.name)
    return syntax.accepts(attribute) if syntax is not None else _is_a(attribute, _ONLY_HERE[attribute.name])


def _target(operation: dict[str, Attribute], path: str) -> tuple[str, int | None]:
    """RFC 8011 §4.1.5: printer-uri, with job-id for a job; or job-uri."""
    job_uri = operation.get("job-uri")
    printer_uri = operation.get("printer-uri")
    if job_uri is not None:
        if printer_uri is not None:
            raise _bad("A request has either job-uri or printer-uri (RFC 8011 §4.1.5).")
        uri = str(job_uri.value)
        parent, _, number = _path_of(uri).rpartition("/")
        if parent != path or not number.isascii() or not number.isdecimal() or not 0 < int(number) <= _MOST_JOB_ID:
            raise Refused(Status.CLIENT_ERROR_NOT_FOUND, "There is no such job here (RFC 8011 §4.1.5).")
        return uri, int(number)
    if printer_uri is None:
        raise _bad("printer-uri is missing (RFC 8011 §4.1.5).")
    uri = str(printer_uri.value)
    if _path_of(uri) != path:
        raise Refused(Status.CLIENT_ERROR_NOT_FOUND, "There is no such printer here (RFC 8011 §4.1.5).")
    job_id = operation.get("job-id")
    return uri, int(job_id.value) if job_id is not None and isinstance(job_id.value, int) else None


@lru_cache(maxsize=256)
def _path_of(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise _bad("The target is not a URI (RFC 8011 §4.1.5).") from None
    if parts.scheme not in _URI_SCHEMES or not parts.netloc:
        raise _bad("The target is not a URI of a printer (RFC 8011 §4.1.5).")
    return parts.path.rstrip("/") or "/"


def _requester(
    operation: dict[str, Attribute], channel: Requester
) -> tuple[Requester, Literal["peer", "spooler", "none"]]:
    """RFC 8011 §9.3: the channel's proof goes before ``requesting-user-name``, but for a channel that may name owners."""
    attribute = operation.get("requesting-user-name")
    if channel.may_name_owner and attribute is not None:
        value = attribute.value
        named = value.text if isinstance(value, NameWithLanguage) else str(value)
        if named:
            named_owner = Requester(named, may_name_owner=True, operator=channel.operator, source=channel.source)
            return named_owner, "spooler" if channel.name is not None else "none"
    return channel, "peer" if channel.name is not None else "none"


def _is_a(attribute: Attribute, tag: Tag) -> bool:
    return len(attribute.values) == 1 and tag_of(attribute.value) == tag


def _bad(sentence: str) -> Refused:
    return Refused(Status.CLIENT_ERROR_BAD_REQUEST, sentence)
