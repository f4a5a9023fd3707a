"""The simulator's page: the printer's state, its switches, and what came out. Plain HTML, made of escaped pieces."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from presswork.printer.job import Job, JobState
from presswork.printer.model import PrinterStateValue
from presswork.simulator.output import SHOWN_PAGES, PrintedJob
from presswork.simulator.simulator import Simulator

_FORMATS: Final = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/pwg-raster": "PWG raster",
    "image/urf": "Apple raster",
    "application/postscript": "PostScript",
}
_SIDES: Final = {
    "one-sided": "one-sided",
    "two-sided-long-edge": "two-sided, long edge",
    "two-sided-short-edge": "two-sided, short edge",
}
_JOB_STATES: Final = {
    JobState.PENDING: "waiting",
    JobState.PENDING_HELD: "held",
    JobState.PROCESSING: "printing",
    JobState.PROCESSING_STOPPED: "stopped",
}


@dataclass(frozen=True, slots=True)
class _Switch:
    """One fault, in words: what it is now, and what the button does."""

    name: str
    title: str
    off: str
    on: str
    turn_on: str
    turn_off: str


_SWITCHES: Final = (
    _Switch("paper_out", "Paper tray", "Loaded", "Empty", "Take the paper out", "Load paper"),
    _Switch("jam", "Paper path", "Clear", "Jammed", "Jam it", "Clear the jam"),
    _Switch("offline", "Network", "Connected", "Unplugged", "Unplug", "Plug in"),
    _Switch("hang", "Receiving", "Takes documents", "Hangs in mid-document", "Let it hang", "Let it go on"),
    _Switch(
        "lies", "Honesty", "Reports the truth", "Says “printed”, prints nothing", "Let it lie", "Back to the truth"
    ),
)
_SPEEDS: Final = (("0", "Normal"), ("1", "+1 s"), ("5", "+5 s"), ("30", "+30 s"))


def render_page(simulator: Simulator) -> str:
    """The whole page."""
    name = escape(simulator.name)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="10"></noscript>
<title>{name}</title>
<link rel="icon" href="/icon.png">
<link rel="stylesheet" href="/style.css">
<script src="/page.js" defer></script>
</head>
<body>
{_header(simulator, name)}
<main>
<section class="panel" aria-label="Switches">
<h2>What could go wrong</h2>
{_switches(simulator)}
</section>
<div class="right">
{_identified(simulator)}
{_queue(simulator)}
{_tray(simulator)}
</div>
</main>
<footer>A simulated printer of Presswork. Nothing here uses paper.</footer>
</body>
</html>
"""


def _header(simulator: Simulator, name: str) -> str:
    kind, word = _state(simulator)
    output = simulator.output
    return f"""<header>
<img src="/icon.png" alt="" width="56" height="56">
<div class="who"><h1>{name}</h1>
<p class="addresses"><code>{escape(simulator.uri)}</code> <code>{escape(simulator.raw_uri)}</code></p></div>
<p class="state {kind}">{escape(word)}</p>
<dl class="counters"><div><dt>Sides printed</dt><dd>{output.impressions}</dd></div>
<div><dt>Sheets used</dt><dd>{output.sheets}</dd></div></dl>
</header>"""


def _state(simulator: Simulator) -> tuple[str, str]:
    state = simulator.printer.state
    if simulator.faults.offline:
        return "stopped", "Offline: every connection is refused."
    if state.printer_state == PrinterStateValue.STOPPED:
        return "stopped", state.printer_state_message
    if state.printer_state == PrinterStateValue.PROCESSING:
        return "busy", state.printer_state_message
    return "idle", "Ready"


def _switches(simulator: Simulator) -> str:
    rows = []
    for switch in _SWITCHES:
        on = bool(getattr(simulator.faults, switch.name))
        button = switch.turn_off if on else switch.turn_on
        rows.append(
            f'<div class="switch{" on" if on else ""}"><div><h3>{switch.title}</h3>'
            f"<p>{switch.on if on else switch.off}</p></div>"
            f"{_button(simulator, switch.name, 'off' if on else 'on', button)}</div>"
        )
    speeds = "".join(
        _button(simulator, "slow", value, label, pressed=simulator.faults.slow == float(value))
        for value, label in _SPEEDS
    )
    rows.append(
        f'<div class="switch speed{" on" if simulator.faults.slow else ""}"><div><h3>Speed of a page</h3></div>'
        f'<div class="choices">{speeds}</div></div>'
    )
    return "\n".join(rows)


def _button(simulator: Simulator, name: str, value: str, label: str, *, pressed: bool = False) -> str:
    return (
        f'<form method="post" action="/faults"><input type="hidden" name="token" value="{simulator.token}">'
        f'<input type="hidden" name="name" value="{name}"><input type="hidden" name="value" value="{value}">'
        f"<button{' class=pressed aria-pressed=true' if pressed else ''}>{label}</button></form>"
    )


def _identified(simulator: Simulator) -> str:
    if not simulator.identified:
        return ""
    return f'<p class="identified">Somebody looks for this printer: “{escape(simulator.identified)}”</p>'


def _queue(simulator: Simulator) -> str:
    jobs = [entry.job for entry in simulator.store.entries.values() if not entry.job.job_state.terminated]
    if not jobs:
        return ""
    rows = "\n".join(_queued(job) for job in jobs[:50])
    return f'<section aria-label="Queue"><h2>In the printer</h2><ul class="queue">{rows}</ul></section>'


def _queued(job: Job) -> str:
    incoming = "job-incoming" in job.job_state_reasons
    word = "receiving" if incoming else _JOB_STATES[job.job_state]
    progress = ""
    if job.job_impressions:
        progress = (
            f'<progress max="{job.job_impressions}" value="{job.job_impressions_completed}"></progress>'
            f"<span>{job.job_impressions_completed} of {job.job_impressions}</span>"
        )
    return (
        f'<li><span class="chip {word}">{word}</span> <strong>{escape(job.job_name)}</strong> '
        f"<span class=of>{escape(job.job_originating_user_name)}</span>{progress}</li>"
    )


def _tray(simulator: Simulator) -> str:
    printed = list(reversed(simulator.output.jobs))
    if not printed:
        return (
            '<section aria-label="Output"><h2>What came out</h2>'
            '<p class="empty">Nothing yet. Print something to <code>'
            f"{escape(simulator.uri)}</code> and it appears here.</p></section>"
        )
    cards = "\n".join(_card(one) for one in printed[:25])
    clear = (
        f'<form method="post" action="/clear"><input type="hidden" name="token" value="{simulator.token}">'
        "<button>Empty the tray</button></form>"
    )
    return f'<section aria-label="Output"><div class="title"><h2>What came out</h2>{clear}</div>{cards}</section>'


def _card(printed: PrintedJob) -> str:
    job = printed.job
    facts = [
        _FORMATS.get(job.document_format or "", job.document_format or ""),
        _count(len(printed.pages), "page"),
        _SIDES.get(printed.sides, printed.sides),
        *([f"{printed.ticket.number_up} pages on a side"] if printed.ticket.number_up > 1 else []),
        *(["with a cover sheet"] if printed.ticket.cover_sheet else []),
        *(["black and white"] if printed.ticket.monochrome else []),
    ]
    copies = f'<span class="copies">× {printed.copies} copies</span>' if printed.copies > 1 else ""
    cut = "" if job.job_state != JobState.CANCELED else '<span class="chip stopped">cancelled in between</span>'
    when = printed.finished_at.astimezone()
    return f"""<article id="job-{job.job_id}">
<div class="about"><h3>{escape(job.job_name)} {copies} {cut}</h3>
<p>{escape(" · ".join(facts))}</p>
<p class="small">Job {job.job_id} of {escape(job.job_originating_user_name)}, by {printed.way.upper()},
<time datetime="{when.isoformat()}">{when:%H:%M:%S}</time>:
<b>{_count(printed.impressions, "side")}</b> on {_count(printed.sheets, "sheet")}</p></div>
<div class="pages{" monochrome" if printed.ticket.monochrome else ""}">{_pages(printed)}</div>
</article>"""


def _pages(printed: PrintedJob) -> str:
    if printed.job.document_format == "application/postscript":
        return '<p class="more">PostScript is not drawn here.</p>'
    shown = [page for page in printed.pages if page <= SHOWN_PAGES]
    step = 1 if printed.sides == "one-sided" else 2
    figures = []
    for start in range(0, len(shown), step):
        images = "".join(
            f'<img src="/jobs/{printed.job.job_id}/pages/{page}.png" alt="Page {page}" loading="lazy">'
            for page in shown[start : start + step]
        )
        caption = f"Page {shown[start]}" if step == 1 else f"Sheet {start // 2 + 1}"
        if start + 1 < len(shown) and step == 2:
            caption += ", front and back"
        figures.append(f"<figure><div>{images}</div><figcaption>{caption}</figcaption></figure>")
    more = len(printed.pages) - len(shown)
    if more:
        figures.append(f'<p class="more">and {_count(more, "more page")}</p>')
    return "".join(figures)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
