"""What pages say in plain words: how a job or a printer stands, how much, how long ago. Pure: the templates' filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from presswork.server.jobs import JobView
from presswork.server.printers import Printer


class Amount(Protocol):
    """What is counted of a job."""

    @property
    def pages(self) -> int | None: ...
    @property
    def copies(self) -> int: ...
    @property
    def sides(self) -> str: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How something stands: words for a person, and the colour and the icon that go with them."""

    words: str
    colour: str
    icon: str

    @property
    def tone(self) -> str:
        """The class of a coloured ground."""
        return f"bg-{self.colour}-lt"

    @property
    def text(self) -> str:
        """The class of coloured words."""
        return f"text-{self.colour}"


_QUIET, _CALM, _GOOD, _DOUBT, _BAD = "secondary", "primary", "success", "warning", "danger"
_MOVING = "loader-2"
_BY_OUTCOME = {
    "printed": Standing("Printed", _GOOD, "circle-check"),
    "not-printed": Standing("Not printed", _BAD, "alert-triangle"),
    "unknown": Standing("Sent; look at the printer", _DOUBT, "help-circle"),
    "handed-over": Standing("Handed to a queue", _GOOD, "circle-check"),
}
_BY_STATE = {
    "pending-held": Standing("Waits for release", _CALM, "lock"),
    "pending": Standing("On its way", _CALM, _MOVING),
    "processing": Standing("Printing", _CALM, _MOVING),
    "processing-stopped": Standing("The printer needs a hand", _DOUBT, "alert-triangle"),
    "canceled": Standing("Deleted", _QUIET, "trash"),
    "aborted": Standing("Not kept", _QUIET, "ban"),
    "completed": Standing("Done", _GOOD, "circle-check"),
}
_UNKNOWN = Standing("Not known", _QUIET, "help-circle")


def job_standing(job: JobView) -> Standing:
    """How a job stands, what was just asked for included."""
    if job.order is not None and job.order.open:
        if not job.computer_online:
            return Standing("Its computer is offline; it goes on when that is back", _DOUBT, "clock")
        words = "Being deleted" if job.order.kind == "delete" else "On its way"
        return Standing(words, _CALM, _MOVING)
    if job.outcome in _BY_OUTCOME:
        return _BY_OUTCOME[job.outcome]
    if "job-incoming" in job.state_reasons:
        return Standing("Arriving", _CALM, _MOVING)
    return _BY_STATE.get(job.state, _UNKNOWN)


_PRINTER_STATES = {
    "idle": Standing("Ready", _GOOD, "printer"),
    "processing": Standing("Printing", _CALM, "printer"),
    "stopped": Standing("Needs a hand", _DOUBT, "printer"),
}


def printer_standing(printer: Printer) -> Standing:
    """How a printer stands, as far as an agent saw it."""
    if printer.device_uri.startswith("redirector:"):
        return Standing("Queue of a print server", _CALM, "printer")
    if printer.reachable is None:
        return Standing("Not looked at yet", _QUIET, "printer")
    if not printer.reachable:
        return Standing("Does not answer", _BAD, "printer-off")
    return _PRINTER_STATES.get(printer.state, Standing("Answers", _GOOD, "printer"))


_REASONS = {
    "connecting-to-device": "not reached yet",
    "cover-open": "a cover is open",
    "door-open": "a door is open",
    "input-tray-missing": "a tray is missing",
    "interlock-open": "a cover is open",
    "marker-supply-empty": "out of ink or toner",
    "marker-supply-low": "ink or toner is low",
    "marker-waste-full": "the waste box is full",
    "media-empty": "out of paper",
    "media-jam": "paper jam",
    "media-low": "paper is low",
    "media-needed": "needs paper",
    "offline": "offline",
    "output-area-full": "the output tray is full",
    "paused": "paused",
    "shutdown": "switched off",
    "spool-area-full": "its memory is full",
    "subunit-life-almost-over": "a part is nearly worn out",
    "subunit-life-over": "a part is worn out",
    "subunit-power-saver": "asleep",
    "subunit-unrecoverable-failure": "a part is broken",
    "subunit-warming-up": "warming up",
    "toner-empty": "out of toner",
    "toner-low": "toner is low",
}


def reasons(keywords: Iterable[str]) -> str:
    """``printer-state-reasons`` (RFC 8011 §5.4.12) for people; empty where there is nothing to say."""
    said: list[str] = []
    for keyword in keywords:
        plain = keyword.removesuffix("-error").removesuffix("-warning").removesuffix("-report")
        words = _REASONS.get(plain, plain.replace("-", " "))
        if plain != "none" and words not in said:
            said.append(words)
    return ", ".join(said)


_FORMATS = {
    "application/pdf": "PDF",
    "application/postscript": "PostScript",
    "application/vnd.hp-pcl": "PCL",
    "application/vnd.hp-pclxl": "PCL XL",
    "image/jpeg": "JPEG",
    "image/pwg-raster": "PWG Raster",
    "image/tiff": "TIFF",
    "image/urf": "URF (AirPrint)",
    "text/plain": "plain text",
}
_SAYS_NOTHING = "application/octet-stream"


def formats(media_types: Iterable[str]) -> str:
    """``document-format-supported`` (RFC 8011 §5.4.22) for people; empty where there is nothing to say."""
    return ", ".join(_FORMATS.get(one.lower(), one) for one in media_types if one != _SAYS_NOTHING)


_DETAILS = {
    "account": "account",
    "code": "number of the code",
    "device_uri": "address",
    "disabled": "may not sign in",
    "display_name": "name",
    "mode": "documents",
}
_VALUES = {
    ("carriers", "all"): "every computer",
    ("carriers", "chosen"): "only those that somebody chose",
    ("mode", "direct"): "are printed at once",
    ("mode", "hold"): "wait for release",
    ("password", "set"): "a new one",
    ("reason", "disabled"): "the account is disabled",
    ("reason", "wrong"): "wrong address or password",
}


def detail(name: str, value: str) -> str:
    """One detail of an audit entry, said as people say it: ``documents: wait for release``."""
    return f"{_DETAILS.get(name, name.replace('_', ' '))}: {short(_VALUES.get((name, value), value), 48)}"


def amount(job: Amount) -> str:
    """Pages, copies and sides: ``3 pages, 2 copies, both sides``; the size where nobody counted the pages."""
    parts = [count(job.pages, "page") if job.pages else size(job.size)]
    if job.copies > 1:
        parts.append(count(job.copies, "copy", "copies"))
    if job.sides.startswith("two-sided"):
        parts.append("both sides")
    return ", ".join(parts)


def count(number: int, one: str, many: str = "") -> str:
    """``1 page``, ``1,200 pages``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(octets: int) -> str:
    """``999 bytes``, ``1.2 kB``, ``37 MB``."""
    if octets < 1000:
        return count(octets, "byte")
    value, unit = octets / 1000, "kB"
    for larger in ("MB", "GB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def ago(moment: datetime, now: datetime) -> str:
    """How long since, in words; the date where that says more."""
    seconds = (now - moment).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 60 * 60:
        return count(max(1, round(seconds / 60)), "minute") + " ago"
    if seconds < 24 * 3600:
        return count(max(1, round(seconds / 3600)), "hour") + " ago"
    if seconds < 7 * 24 * 3600:
        return count(round(seconds / 86400), "day") + " ago"
    return f"{_utc(moment):%-d %b %Y}"


def full(moment: datetime) -> str:
    """Date and time in UTC; the browser shows its own zone where it can."""
    return f"{_utc(moment):%-d %b %Y, %H:%M} UTC"


def iso(moment: datetime) -> str:
    """For the ``datetime`` attribute."""
    return f"{_utc(moment):%Y-%m-%dT%H:%M:%SZ}"


def short(text: str, limit: int) -> str:
    """At most ``limit`` characters, where a place cannot wrap."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def initials(name: str) -> str:
    """One or two letters for a person."""
    parts = [part for part in name.split() if part[0].isalnum()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "–"


def fingerprint(sha256: str) -> str:
    """A SHA-256 that can be compared by eye: groups of four."""
    return " ".join(sha256[i : i + 4] for i in range(0, len(sha256), 4)).upper()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
