"""Printers in files: all of them out as CSV, and many in at once after a look at what would happen."""

from __future__ import annotations

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import printers
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.fronts.web.words import count
from presswork.server.tenants import Role

_FORM_LIMIT = 8 * 1024 * 1024
"""Enough for 20,000 printers, also when every letter is percent-encoded."""
_SHOWN = 50
_FIELDS = "file"


async def export(visit: Visit) -> Response:
    """All printers as a file."""
    async with visit.reading() as session:
        text = await printers.export_printers(session, visit.person)
    headers = {"Content-Disposition": 'attachment; filename="printers.csv"', "Cache-Control": "no-store"}
    # Spreadsheets take a file for UTF-8 when it begins so.
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


async def ask_for_file(visit: Visit) -> Response:
    """The form with the file."""
    return visit.show("printers_import.html")


async def look_or_load(visit: Visit) -> Response:
    """A file shows what would happen and changes nothing; the button below that loads it."""
    return await (_load(visit) if visit.field("text") else _look(visit))


async def _look(visit: Visit) -> Response:
    text = visit.field("file")
    try:
        async with visit.reading() as session:
            plan = await printers.plan_import(session, visit.person, text)
            return visit.show("printers_import_look.html", plan=plan, text=text, shown=_SHOWN)
    except Fault as fault:
        return visit.again("printers_import.html", fault, _FIELDS)


async def _load(visit: Visit) -> Response:
    try:
        async with visit.writing() as session:
            done = await printers.import_printers(session, visit.person, visit.field("text"))
    except Fault as fault:
        return visit.again("printers_import.html", fault, _FIELDS)
    return visit.go("/printers", f"{count(len(done.added), 'printer')} added, {len(done.changed):,} changed.")


PAGES = (
    Page("/printers/export", export, role=Role.ADMINISTRATOR, place="/printers"),
    Page(
        "/printers/import",
        ask_for_file,
        look_or_load,
        role=Role.ADMINISTRATOR,
        place="/printers",
        form_limit=_FORM_LIMIT,
    ),
)
