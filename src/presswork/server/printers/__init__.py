"""Printers."""

from presswork.server.printers.bulk import Import, PrinterChange, export_printers, import_printers, plan_import
from presswork.server.printers.csv_file import Complaint, Row
from presswork.server.printers.devices import follow_device, printer_reached_by, was_removed
from presswork.server.printers.finding import (
    count_printers,
    find_printers,
    printers_by_id,
    printers_near,
    printers_of_networks,
)
from presswork.server.printers.models import Printer
from presswork.server.printers.service import (
    accept_certificate,
    add_printer,
    change_printer,
    get_printer,
    list_printers,
    place_printer,
    printer_names,
    printer_specs,
    remove_printer,
    report,
)
from presswork.server.printers.signs import printer_with_sign

__all__ = [
    "Complaint",
    "Import",
    "Printer",
    "PrinterChange",
    "Row",
    "accept_certificate",
    "add_printer",
    "change_printer",
    "count_printers",
    "export_printers",
    "find_printers",
    "follow_device",
    "get_printer",
    "import_printers",
    "list_printers",
    "place_printer",
    "plan_import",
    "printer_names",
    "printer_reached_by",
    "printer_specs",
    "printer_with_sign",
    "printers_by_id",
    "printers_near",
    "printers_of_networks",
    "remove_printer",
    "report",
    "was_removed",
]
