"""PrinterDescription: everything about a Printer that does not change from one minute to the next.

All Printer attributes are made from this one object (``printer_attributes.py``), and so is what is accepted from
clients (``job_template.py``): the two cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from presswork.documents.inspect import FORMATS
from presswork.printer.media import SIZES
from presswork.protocols.ipp.message import Attribute

OCTET_STREAM = "application/octet-stream"
"""The format of a document whose format nobody says: the Printer looks at its first octets (RFC 8011 §5.4.22)."""


@dataclass(frozen=True, slots=True)
class PrinterDescription:
    """One Printer. The defaults are those of a common office printer."""

    name: str
    """``printer-name``, at most 127 octets."""
    uuid: UUID
    uris: tuple[str, ...]
    """``printer-uri-supported``, ``ipp`` or ``ipps``; all have the same path."""
    more_info: str
    """``printer-more-info``: a page about it."""
    info: str = ""
    location: str = ""
    make: str = "Presswork"
    model: str = "Printer"
    organization: str = ""
    organizational_unit: str = ""
    icons: tuple[str, ...] = ()
    message_from_operator: str = ""
    """``printer-message-from-operator``; said where a device can be ruled."""
    document_formats: tuple[str, ...] = FORMATS
    takes_unknown: bool = False
    """Whether a document that shows none of them goes to the store, as octet-stream: it says then what becomes of it."""
    color: bool = True
    two_sided: bool = True
    copies: int = 999
    """The most copies."""
    number_up: tuple[int, ...] = (1,)
    """Pages on a side (RFC 8011 §5.2.9); 1 is among them."""
    job_sheets: tuple[str, ...] = ("none",)
    """Cover sheets (RFC 8011 §5.2.3); ``none`` is the first."""
    media: tuple[str, ...] = SIZES
    media_default: str = SIZES[0]
    media_ready: tuple[str, ...] = SIZES[:1]
    resolutions: tuple[int, ...] = (300, 600)
    """Dots an inch."""
    pages_per_minute: int = 30
    defaults: tuple[Attribute, ...] = ()
    """Job Template attributes whose values are the ``xxx-default`` of this Printer; what it does not support counts for nothing."""
    identify_actions: tuple[str, ...] = ()
    """What Identify-Printer can do (PWG 5100.13 §5.6); without any, the operation is not offered."""
    multiple_operation_time_out: int = 300
    """Seconds a job may wait for its document; its keeper aborts it after that."""

    @property
    def path(self) -> str:
        """The path of its URIs."""
        return urlsplit(self.uris[0]).path
