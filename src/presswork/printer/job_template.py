"""Job Template attributes (RFC 8011 §5.2): what the Printer says it supports, and the check of what a client asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from presswork.printer.description import PrinterDescription
from presswork.printer.media import accepts_media_col, media_col
from presswork.printer.proof import MEMBERS, PROOF_COPIES, PROOF_PRINT
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.syntax import syntax_of
from presswork.protocols.ipp.values import Collection, Enum, IntegerRange, Keyword, OutOfBand, Resolution, Value

Accepts = Callable[[Attribute], bool]
_OVERRIDE_SELECTORS = ("pages", "document-numbers", "document-copies")


@dataclass(frozen=True, slots=True)
class TemplateAttribute:
    """One Job Template attribute of a Printer."""

    name: str
    default: tuple[Value, ...]
    """``xxx-default``; empty where there is none."""
    supported: tuple[Value, ...]
    """``xxx-supported``; empty where there is none."""
    accepts: Accepts
    """Whether the Printer does what this attribute asks; its syntax is right already."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What of a ticket is accepted, and what is not: a value for ``unsupported`` where the attribute itself is unknown."""

    accepted: tuple[Attribute, ...]
    unsupported: tuple[Attribute, ...]


class JobTemplate:
    """All Job Template attributes of a Printer."""

    def __init__(self, description: PrinterDescription) -> None:
        self._entries = {entry.name: entry for entry in _entries(description)}
        overrides = _listed("overrides", (), _keywords(*_OVERRIDE_SELECTORS, "document-number", *self._entries))
        self._entries["overrides"] = TemplateAttribute("overrides", (), overrides.supported, self._accepts_overrides)
        self._entries[PROOF_PRINT] = TemplateAttribute(
            PROOF_PRINT, (OutOfBand.NO_VALUE,), _keywords(*MEMBERS), self._accepts_proof
        )
        self._copies = description.copies
        for attribute in description.defaults:
            if attribute.name in self._entries and self._accepts(attribute):
                entry = self._entries[attribute.name]
                self._entries[attribute.name] = replace(entry, default=attribute.values)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all."""
        return tuple(self._entries)

    def printer_attributes(self) -> list[Attribute]:
        """``xxx-default`` and ``xxx-supported`` of each."""
        attributes = []
        for name, entry in self._entries.items():
            if entry.default:
                attributes.append(Attribute(f"{name}-default", entry.default))
            if entry.supported:
                attributes.append(Attribute(f"{name}-supported", entry.supported))
        attributes.append(Attribute.of(f"{PROOF_COPIES}-supported", IntegerRange(1, self._copies)))
        return attributes

    def check(self, ticket: Iterable[Attribute]) -> Checked:
        """Sort a ticket into what the Printer does and what it does not (RFC 8011 §4.1.7, §4.2.1.2)."""
        accepted, unsupported = [], []
        for attribute in ticket:
            if attribute.name not in self._entries:
                unsupported.append(Attribute.of(attribute.name, OutOfBand.UNSUPPORTED))
            elif self._accepts(attribute):
                accepted.append(attribute)
            else:
                unsupported.append(attribute)
        return Checked(tuple(accepted), tuple(unsupported))

    def _accepts(self, attribute: Attribute) -> bool:
        syntax = syntax_of("Job Template", attribute.name)
        entry = self._entries[attribute.name]
        return syntax is not None and syntax.accepts(attribute) and entry.accepts(attribute)

    def _accepts_proof(self, attribute: Attribute) -> bool:
        """PWG 5100.11: how many copies, and on which paper."""
        proof = attribute.value
        if len(attribute.values) > 1 or not isinstance(proof, Collection):
            return False
        if proof.get("media") is not None and proof.get("media-col") is not None:
            return False
        within = _within(1, self._copies)
        return all(
            within(member) if member.name == PROOF_COPIES else member.name in MEMBERS and self._accepts(member)
            for member in proof.members
        )

    def _accepts_overrides(self, attribute: Attribute) -> bool:
        """PWG 5100.6 §4.1: which pages, and what is different there."""
        for override in attribute.values:
            if not isinstance(override, Collection) or override.get("pages") is None:
                return False
            for member in override.members:
                if member.name in _OVERRIDE_SELECTORS:
                    if not _accepts_ranges(member):
                        return False
                elif (
                    member.name in ("overrides", PROOF_PRINT)
                    or member.name not in self._entries
                    or not self._accepts(member)
                ):
                    return False
        return True


def _entries(description: PrinterDescription) -> list[TemplateAttribute]:
    sides = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")[: 3 if description.two_sided else 1]
    color_modes = ("auto", "color", "monochrome") if description.color else ("auto", "monochrome")
    resolutions = tuple(Resolution(dpi, dpi) for dpi in description.resolutions)
    names = description.media
    return [
        TemplateAttribute("copies", (1,), (IntegerRange(1, description.copies),), _within(1, description.copies)),
        _listed("finishings", (Enum(3),), (Enum(3),)),
        _listed("job-hold-until", _keywords("no-hold"), _keywords("no-hold", "indefinite")),
        TemplateAttribute("job-priority", (50,), (100,), _within(1, 100)),
        _listed("job-sheets", _keywords(description.job_sheets[0]), _keywords(*description.job_sheets)),
        _listed("media", _keywords(description.media_default), _keywords(*names)),
        TemplateAttribute(
            "media-col",
            (media_col(description.media_default, source="auto", kind="auto"),),
            (),
            lambda attribute: accepts_media_col(attribute.value, names),
        ),
        _listed(
            "multiple-document-handling",
            _keywords("separate-documents-collated-copies"),
            _keywords("separate-documents-collated-copies", "separate-documents-uncollated-copies"),
        ),
        _listed("number-up", (1,), description.number_up),
        _listed("orientation-requested", (Enum(3),), tuple(Enum(value) for value in (3, 4, 5, 6))),
        _listed("output-bin", _keywords("face-down"), _keywords("face-down")),
        TemplateAttribute("page-ranges", (), (True,), _accepts_ranges),
        _listed("print-color-mode", _keywords("auto"), _keywords(*color_modes)),
        _listed(
            "print-content-optimize",
            _keywords("auto"),
            _keywords("auto", "graphic", "photo", "text", "text-and-graphic"),
        ),
        _listed("print-quality", (Enum(4),), (Enum(3), Enum(4), Enum(5))),
        _listed(
            "print-rendering-intent",
            _keywords("auto"),
            _keywords("auto", "perceptual", "relative", "relative-bpc", "saturation"),
        ),
        _listed("print-scaling", _keywords("auto"), _keywords("auto", "auto-fit", "fill", "fit", "none")),
        _listed("printer-resolution", resolutions[:1], resolutions),
        _listed("sides", _keywords("one-sided"), _keywords(*sides)),
    ]


def _keywords(*words: str) -> tuple[Keyword, ...]:
    return tuple(map(Keyword, words))


def _listed(name: str, default: tuple[Value, ...], supported: tuple[Value, ...]) -> TemplateAttribute:
    return TemplateAttribute(name, default, supported, lambda attribute: set(attribute.values) <= set(supported))


def _within(lower: int, upper: int) -> Accepts:
    return lambda attribute: isinstance(attribute.value, int) and lower <= attribute.value <= upper


def _accepts_ranges(attribute: Attribute) -> bool:
    """``page-ranges``: ascending, without overlap (RFC 8011 §5.2.7)."""
    last = 0
    for value in attribute.values:
        if not isinstance(value, IntegerRange) or not last < value.lower <= value.upper:
            return False
        last = value.upper
    return True
