"""What is found after a run: at the printers, in cupsd's spool, in the files of agent and server."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pypdfium2

from presswork.testing.peers import Ippeveprinter, Printed
from presswork.testing.spool_files import documents_in_files
from soak.verdict import CameOut, Known
from soak.world import SINK, World

_PJL = b"\x1b%-12345X@PJL"
NAME = re.compile(r"Document \d{5}-\d{2}")


def came_out(world: World) -> list[CameOut]:
    """Every document that came out, at every printer. Of RAW ones only those that came whole."""
    found = [at_ipp(name, one) for name, printer in world.ipp.items() for one in printed(printer)]
    found += [read(SINK, document, 1) for document, closed in world.sink.documents() if closed and is_whole(document)]
    return found


def printed(printer: Ippeveprinter) -> list[Printed]:
    """What its command made."""
    return printer.printed_now()


def at_ipp(printer: str, one: Printed) -> CameOut:
    """With the copies that the device was asked for."""
    return read(printer, one.document, int(one.attributes.get("copies", "1")))


def is_whole(document: bytes) -> bool:
    """A PDF that was cut off does not end so."""
    return document.rstrip().endswith(b"%%EOF")


def read(printer: str, document: bytes, copies: int) -> CameOut:
    """Which document it is: it says so on each page."""
    with closing(pypdfium2.PdfDocument(document)) as pdf:
        matched = NAME.search(pdf[0].get_textpage().get_text_bounded())
        return CameOut(printer, matched[0] if matched else "a document without a name", len(pdf) * copies)


def connections(world: World) -> int:
    """Documents, or parts of them, that came to the RAW printer; not what it was only asked in PJL."""
    return len([document for document, _ in world.sink.documents() if document and not is_question(document)])


def is_question(document: bytes) -> bool:
    """Printer Job Language around nothing."""
    return document.startswith(_PJL) and b"%PDF" not in document


def sealed(world: World) -> int:
    """Sealed documents that are kept."""
    return documents_in_files(world.site.agent.settings.directory)


def plain(world: World) -> tuple[str, ...]:
    """Documents in cupsd's spool, which are not sealed."""
    return tuple(path.name for path in world.site.cupsd.spool.glob("d[0-9]*"))


def in_control_files(world: World) -> bytes:
    """All that cupsd has written down of its jobs."""
    return b"".join(path.read_bytes() for path in world.site.cupsd.spool.glob("c*") if path.is_file())


def at_the_server(world: World) -> tuple[dict[str, Known], int]:
    """The server's projection of each job, and the pages it says were printed (``count_by_person``)."""
    (file,) = (world.site.directory / "server").glob("*.db")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as database:
        rows = database.execute("SELECT id, outcome, document_kept, coalesce(pages * copies, 0) FROM jobs").fetchall()
        (pages,) = database.execute(
            "SELECT coalesce(sum(pages * copies), 0) FROM jobs WHERE outcome = 'printed'"
        ).fetchone()
    return {str(UUID(job_id)): Known(outcome, bool(kept), count) for job_id, outcome, kept, count in rows}, pages


def tracebacks(directory: Path) -> tuple[str, ...]:
    """What should not be in a log."""
    return tuple(
        f"{log} has a traceback: …{text[max(0, text.index('Traceback') - 300) :][:3000]}"
        for log in ("agent.log", "server.log")
        if "Traceback" in (text := (directory / log).read_text(errors="replace"))
    )
