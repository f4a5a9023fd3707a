"""The pages by subject; each module lists its own in ``PAGES``."""

from presswork.server.fronts.web.pages import (
    account,
    at_printer,
    computers,
    documents,
    entrance,
    groups,
    networks,
    overview,
    printer_files,
    printers,
    queues,
    records,
    redirector,
    routes,
    search,
    signs,
    snmp,
    users,
    why,
)
from presswork.server.fronts.web.visit import Page

PAGES: tuple[Page, ...] = (
    *entrance.PAGES,
    *documents.PAGES,
    *at_printer.PAGES,
    *account.PAGES,
    *overview.PAGES,
    *printer_files.PAGES,
    *search.PAGES,
    *printers.PAGES,
    *signs.PAGES,
    *snmp.PAGES,
    *queues.PAGES,
    *networks.PAGES,
    *routes.PAGES,
    *computers.PAGES,
    *redirector.PAGES,
    *users.PAGES,
    *groups.PAGES,
    *why.PAGES,
    *records.PAGES,
)
"""Every page there is; a test walks them."""

__all__ = ["PAGES"]
