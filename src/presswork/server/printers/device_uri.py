"""``device-uri``: where and how a printer is reached.

``ipps`` (RFC 7472), ``ipp`` (RFC 8010 §4), ``socket`` (RAW), ``lpd`` (RFC 1179); in this order from the strongest to the weakest.
``redirector`` is a queue of a print server and comes last: a job goes there that reaches its printer by no other way.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from presswork.core.errors import Invalid

_LIMIT = 1023
_MOST_WAYS = 8
_DEFAULT_PATH = "/ipp/print"
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")
REDIRECTOR: Final = "redirector"
_SCHEMES = ("ipps", "ipp", "socket", "lpd", REDIRECTOR)
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_HOST_QUEUE = re.compile(r"/[A-Za-z0-9][A-Za-z0-9_-]{0,126}")
_QUEUE = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@-]{1,255}")
WEAK: dict[str, str] = {
    "ipp": "Documents travel unencrypted, and nobody knows whether it is this printer.",
    "socket": "Documents travel unencrypted, nobody knows whether it is this printer, and it may not say whether it printed.",
    "lpd": "Documents travel unencrypted, nobody knows whether it is this printer, and it does not say whether it printed.",
}
"""Why a way is a weak one, by its scheme."""


def canonical_device_uri(text: str) -> str:
    """The URI as it is kept: scheme and host in lower case, no default path missing. ``Invalid`` says what is wrong."""
    if len(text) > _LIMIT:
        raise _wrong("This address is too long.")
    trimmed = text.strip()
    if not trimmed.isprintable() or " " in trimmed:  # urlsplit would leave out line ends
        raise _wrong("The address holds characters that it cannot hold.")
    try:
        parts = urlsplit(trimmed)
        port = parts.port
        host = (parts.hostname or "").lower()
    except ValueError:
        raise _wrong("This is not an address of a printer.") from None
    if parts.scheme not in _SCHEMES:
        raise _wrong("The address must begin with ipps://, ipp://, socket://, lpd:// or redirector://.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _wrong("The address must hold no name, password, question mark or hash.")
    if port == 0:
        raise _wrong("The port must be between 1 and 65535.")
    if parts.scheme == REDIRECTOR:
        return _redirector(host, port, parts.path)
    authority = _host(host) if port is None else f"{_host(host)}:{port}"
    return f"{parts.scheme}://{authority}{_path(parts.scheme, parts.path)}"


def canonical_ways(device_uri: str, more_ways: Iterable[str]) -> tuple[str, ...]:
    """All addresses of one printer, canonical, the strongest first. ``Invalid`` names the field that is wrong."""
    first, more = canonical_device_uri(device_uri), []
    for uri in more_ways:
        try:
            more.append(canonical_device_uri(uri))
        except Invalid as fault:
            raise Invalid(fault.sentence, field="more_ways") from fault
    ways = strongest_first((first, *more))
    if len(ways) > _MOST_WAYS:
        raise Invalid(f"A printer can have {_MOST_WAYS} addresses. Leave the weakest out.", field="more_ways")
    return ways


def strongest_first(uris: Iterable[str]) -> tuple[str, ...]:
    """Canonical addresses of one printer in the order in which they are tried; each once, of one scheme as they came."""
    return tuple(sorted(dict.fromkeys(uris), key=lambda uri: _SCHEMES.index(uri.partition(":")[0])))


def redirector_parts(uri: str) -> tuple[UUID, str] | None:
    """Computer and queue of a canonical address that is a queue of a print server; None for any other."""
    scheme, _, rest = uri.partition("://")
    computer, _, queue = rest.partition("/")
    return (UUID(computer), queue) if scheme == REDIRECTOR else None


def _redirector(host: str, port: int | None, path: str) -> str:
    try:
        computer = UUID(host)
    except ValueError:
        computer = None
    if computer is None or port is not None or not _HOST_QUEUE.fullmatch(path):
        raise Invalid(
            "An address with redirector:// names a computer by its id and one of its queues. Choose one from the list.",
            field="device_uri",
        )
    return f"{REDIRECTOR}://{computer}{path}"


def _path(scheme: str, path: str) -> str:
    if not _PATH.fullmatch(path):
        raise _wrong("The address holds characters that it cannot hold.")
    match scheme:
        case "socket":
            if path.strip("/"):
                raise _wrong("An address with socket:// ends after the port.")
            return ""
        case "lpd":
            if not _QUEUE.fullmatch(path):
                raise Invalid(
                    "An address with lpd:// ends with the name of a queue. Write it like lpd://printer.example.org/print.",
                    field="device_uri",
                )
            return path
        case _:
            return _DEFAULT_PATH if path in {"", "/"} else path


def _host(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise _wrong("The address names no computer, such as printer.example.org or 192.0.2.7.") from None
        return host
    return f"[{address}]" if address.version == 6 else str(address)


def _wrong(sentence: str) -> Invalid:
    return Invalid(f"{sentence} Write it like ipps://printer.example.org/ipp/print.", field="device_uri")
