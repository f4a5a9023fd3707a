"""The Printer attributes that stay until the description changes (RFC 8011 §5.4, PWG 5100.14 §5.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from presswork.documents.inspect import JPEG, PCL, PCL_XL, PDF, POSTSCRIPT, PWG_RASTER, TEXT, URF
from presswork.printer import media
from presswork.printer.description import OCTET_STREAM, PrinterDescription
from presswork.printer.job_attributes import up_time
from presswork.printer.job_template import JobTemplate
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import (
    Charset,
    Enum,
    IntegerRange,
    Keyword,
    MimeMediaType,
    Name,
    NaturalLanguage,
    OutOfBand,
    Resolution,
    Text,
    Uri,
    Value,
)

VERSIONS = ("1.1", "2.0")
FULL_VERSIONS = (*VERSIONS, "2.1", "2.2")
"""With a device that operators rule, and subscriptions (PWG 5100.12 §4.3, §4.4)."""
COMPRESSIONS = ("none", "gzip", "deflate")
CHARSETS = ("utf-8", "us-ascii")
LANGUAGE = "en"
WHICH_JOBS = (
    "completed",
    "not-completed",
    "all",
    "pending",
    "pending-held",
    "processing",
    "processing-stopped",
    "canceled",
    "aborted",
    "proof-print",
)
_MAX = 2**31 - 1
_COMMANDS = {
    PDF: "PDF",
    JPEG: "JPEG",
    PWG_RASTER: "PWGRaster",
    URF: "URF",
    POSTSCRIPT: "PS",
    PCL: "PCL",
    PCL_XL: "PCLXL",
    TEXT: "TXT",
}
_SUPPLIES = (("black", "Black Toner"), ("cyan", "Cyan Toner"), ("magenta", "Magenta Toner"), ("yellow", "Yellow Toner"))


@dataclass(frozen=True, slots=True)
class PrinterAttributes:
    """Sorted by the keywords that ask for them in groups (RFC 8011 §4.2.5.1)."""

    job_template: tuple[Attribute, ...]
    printer_description: tuple[Attribute, ...]
    on_request: tuple[Attribute, ...]
    """Only when named: ``media-col-database`` (PWG 5100.7 §6.3.1)."""


def printer_attributes(
    description: PrinterDescription,
    template: JobTemplate,
    operations: Iterable[int],
    also: Iterable[Attribute],
    changed: datetime,
) -> PrinterAttributes:
    """All of them; ``also`` are those of what else the Printer has, ``changed`` is when the description last changed."""
    described = [
        *_identity(description),
        *_protocol(description, operations, template),
        *_capabilities(description),
        *_raster(description),
        *_supplies(description),
        Attribute.of("printer-config-change-date-time", changed),
        Attribute.of("printer-config-change-time", up_time(changed)),
        *also,
    ]
    templates = [*template.printer_attributes(), *_media(description)]
    database = [media.media_col(name, kind="stationery") for name in description.media]
    return PrinterAttributes(tuple(templates), tuple(described), (Attribute("media-col-database", tuple(database)),))


def _identity(description: PrinterDescription) -> Iterable[Attribute]:
    make_and_model = f"{description.make} {description.model}"
    commands = ",".join(_COMMANDS[one] for one in description.document_formats if one in _COMMANDS)
    device_id = f"MFG:{_field(description.make)};MDL:{_field(description.model)};CMD:{commands};"
    yield Attribute.of("printer-name", Name(description.name))
    yield Attribute.of("printer-info", Text(description.info or description.name))
    yield Attribute.of("printer-location", Text(description.location))
    yield Attribute.of("printer-make-and-model", Text(make_and_model))
    yield Attribute.of("printer-device-id", Text(device_id))
    yield Attribute.of("printer-uuid", Uri(description.uuid.urn))
    yield Attribute.of("printer-more-info", Uri(description.more_info))
    yield Attribute.of("printer-organization", Text(description.organization))
    yield Attribute.of("printer-organizational-unit", Text(description.organizational_unit))
    yield Attribute.of("printer-geo-location", OutOfBand.UNKNOWN)
    yield Attribute.of("printer-kind", Keyword("document"))
    if description.icons:
        yield _of("printer-icons", Uri, description.icons)


def _protocol(description: PrinterDescription, operations: Iterable[int], template: JobTemplate) -> Iterable[Attribute]:
    encrypted = [urlsplit(uri).scheme == "ipps" for uri in description.uris]
    yield _of("printer-uri-supported", Uri, description.uris)
    yield _of("uri-security-supported", Keyword, ["tls" if tls else "none" for tls in encrypted])
    yield _of("uri-authentication-supported", Keyword, ["requesting-user-name" for _ in encrypted])
    if description.identify_actions:
        yield Attribute.of("ipp-features-supported", Keyword("ipp-everywhere"))
        yield _of("identify-actions-supported", Keyword, description.identify_actions)
        yield _of("identify-actions-default", Keyword, description.identify_actions[:1])
    yield Attribute("operations-supported", tuple(Enum(operation) for operation in operations))
    yield _of("charset-configured", Charset, CHARSETS[:1])
    yield _of("charset-supported", Charset, CHARSETS)
    yield Attribute.of("natural-language-configured", NaturalLanguage(LANGUAGE))
    yield Attribute.of("generated-natural-language-supported", NaturalLanguage(LANGUAGE))
    yield _of("compression-supported", Keyword, COMPRESSIONS)
    yield Attribute.of("document-format-default", MimeMediaType(OCTET_STREAM))
    yield _of("document-format-supported", MimeMediaType, [*description.document_formats, OCTET_STREAM])
    creation = ("document-format", "document-name", "ipp-attribute-fidelity", "job-name", *template.names)
    yield _of("job-creation-attributes-supported", Keyword, creation)
    yield Attribute.of("printer-get-attributes-supported", Keyword("document-format"))
    yield _of("document-creation-attributes-supported", Keyword, ("document-format", "document-name"))
    yield _of("which-jobs-supported", Keyword, WHICH_JOBS)
    yield Attribute.of("job-ids-supported", True)
    yield Attribute.of("preferred-attributes-supported", False)
    yield Attribute.of("pdl-override-supported", Keyword("attempted"))
    yield Attribute.of("multiple-document-jobs-supported", True)
    yield Attribute.of("multiple-operation-time-out", description.multiple_operation_time_out)
    yield Attribute.of("multiple-operation-time-out-action", Keyword("abort-job"))


def _capabilities(description: PrinterDescription) -> Iterable[Attribute]:
    yield Attribute.of("color-supported", description.color)
    yield Attribute.of("pages-per-minute", description.pages_per_minute)
    if description.color:
        yield Attribute.of("pages-per-minute-color", description.pages_per_minute)
    yield Attribute.of("job-k-octets-supported", IntegerRange(0, _MAX))
    yield Attribute.of("job-impressions-supported", IntegerRange(0, _MAX))
    yield Attribute.of("job-media-sheets-supported", IntegerRange(0, _MAX))
    yield Attribute.of("jpeg-k-octets-supported", IntegerRange(0, _MAX))
    yield Attribute.of("pdf-k-octets-supported", IntegerRange(0, _MAX))
    yield _of("pdf-versions-supported", Keyword, ("adobe-1.7", "iso-32000-1_2008"))


def _media(description: PrinterDescription) -> Iterable[Attribute]:
    yield _of("media-ready", Keyword, description.media_ready)
    ready = [media.media_col(name, source="main", kind="stationery") for name in description.media_ready]
    yield Attribute("media-col-ready", tuple(ready))
    yield _of("media-col-supported", Keyword, media.MEMBERS)
    sizes = [media.size_of(name) for name in description.media]
    yield Attribute("media-size-supported", tuple(size.collection() for size in sizes if size is not None))
    yield _of("media-source-supported", Keyword, media.SOURCES)
    yield _of("media-type-supported", Keyword, media.TYPES)
    for edge in ("bottom", "left", "right", "top"):
        yield Attribute.of(f"media-{edge}-margin-supported", media.MARGIN)


def _raster(description: PrinterDescription) -> Iterable[Attribute]:
    """PWG 5102.4 §5, and what Apple's raster asks for in the same place."""
    resolutions = [Resolution(dpi, dpi) for dpi in description.resolutions]
    if PWG_RASTER in description.document_formats:
        types = ("sgray_8", "srgb_8", "black_1") if description.color else ("sgray_8", "black_1")
        yield Attribute("pwg-raster-document-resolution-supported", tuple(resolutions))
        yield Attribute.of("pwg-raster-document-sheet-back", Keyword("normal"))
        yield _of("pwg-raster-document-type-supported", Keyword, types)
    if URF in description.document_formats:
        dots = "-".join(str(dpi) for dpi in description.resolutions)
        words = ["V1.4", f"CP{description.copies}", "W8", f"RS{dots}", "PQ3-4-5", "IS1", "OB10", "MT1", "FN3"]
        words += ["SRGB24"] if description.color else []
        words += ["DM1"] if description.two_sided else []
        yield _of("urf-supported", Keyword, words)


def _supplies(description: PrinterDescription) -> Iterable[Attribute]:
    """PWG 5100.13 §5.6.27: nobody here knows how full they are, which is level -2."""
    supplies = _SUPPLIES if description.color else _SUPPLIES[:1]
    entry = "index={};class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=-2;colorantname={};"
    encoded = [entry.format(index, color).encode() for index, (color, _) in enumerate(supplies, 1)]
    yield Attribute("printer-supply", tuple(encoded))
    yield _of("printer-supply-description", Text, [name for _, name in supplies])
    yield Attribute.of("printer-supply-info-uri", Uri(description.more_info))


def _of(name: str, kind: Callable[[str], Value], words: Iterable[str]) -> Attribute:
    """A 1setOf one string syntax."""
    return Attribute(name, tuple(kind(word) for word in words))


def _field(text: str) -> str:
    """A value of a device id: its separators are taken out (IEEE 1284 §7.6)."""
    return "".join(" " if char in ";:," else char for char in text)
