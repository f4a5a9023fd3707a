"""Signs for printers: sheets to print, cut and stick on, with a code that leads to the printer's release page."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from markupsafe import Markup
from starlette.responses import Response

from presswork.server import printers
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_AT_ONCE = 100


async def show_sign(visit: Visit) -> Response:
    """The sign of one printer."""
    async with visit.reading() as session:
        printer = await printers.get_printer(session, visit.person, visit.id("printer_id"))
    return _sheet(visit, [printer], f"/printers/{printer.id}", None)


async def show_signs(visit: Visit) -> Response:
    """The signs of all printers, a hundred at once."""
    after = visit.request.query_params.get("after")
    async with visit.reading() as session:
        found = await printers.list_printers(session, visit.person, after=after, limit=_AT_ONCE)
    return _sheet(visit, found, "/printers", found[-1].name if len(found) == _AT_ONCE else None)


def code(url: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004), an SVG drawing that scales; a quarter of it may be scratched off."""
    drawing = segno.make(url, error="q", micro=False).svg_inline(omitsize=True, border=4, svgclass="qr", lineclass=None)
    return Markup(drawing)  # noqa: S704 - segno draws; nothing of the address stands in it as text


def _sheet(visit: Visit, shown: Sequence[printers.Printer], back: str, more: str | None) -> Response:
    url = visit.context.public_url
    signs = [(printer, f"{url}/at/{printer.sign}", code(f"{url}/at/{printer.sign}")) for printer in shown]
    return visit.show("signs.html", signs=signs, back=back, more=more)


PAGES = (
    Page("/printers/signs", show_signs, role=Role.ADMINISTRATOR, place="/printers"),
    Page("/printers/{printer_id:uuid}/sign", show_sign, role=Role.ADMINISTRATOR, place="/printers"),
)
