"""The address of a printer (RFC 8010 §4, RFC 7472): ``ipp://host[:port]/path`` and ``ipps://…``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from presswork.core.errors import Invalid
from presswork.protocols.ipp.text import cleaned

DEFAULT_PORT = 631
_LONGEST = 1023


@dataclass(frozen=True, slots=True)
class PrinterUri:
    """Its parts; ``target`` is what stands in the request line: path and query."""

    host: str
    port: int
    target: str
    tls: bool


def parse_printer_uri(uri: str) -> PrinterUri:
    """The parts of an ``ipp`` or ``ipps`` URI; ``Invalid`` for anything else, such as one with a user's name in it."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise _not_one(uri) from None
    allowed = uri.isascii() and uri.isprintable() and " " not in uri and len(uri) <= _LONGEST
    if not allowed or parts.scheme not in {"ipp", "ipps"} or not parts.hostname or "@" in parts.netloc or port == 0:
        raise _not_one(uri)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return PrinterUri(parts.hostname, port or DEFAULT_PORT, target, parts.scheme == "ipps")


def _not_one(uri: str) -> Invalid:
    shown = cleaned(uri, 80)
    return Invalid(
        f"{shown!r} is no printer's address; write it like ipp://printer.example.org/ipp/print.", field="uri"
    )
