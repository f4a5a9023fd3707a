"""Printers."""

from presswork.server.printers.models import Printer
from presswork.server.printers.service import (
    accept_certificate,
    add_printer,
    change_printer,
    get_printer,
    list_printers,
    printer_names,
    printer_specs,
    remove_printer,
    report,
)
from presswork.server.printers.signs import printer_with_sign

__all__ = [
    "Printer",
    "accept_certificate",
    "add_printer",
    "change_printer",
    "get_printer",
    "list_printers",
    "printer_names",
    "printer_specs",
    "printer_with_sign",
    "remove_printer",
    "report",
]
