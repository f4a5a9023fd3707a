"""Printers."""

from presswork.server.printers.bulk import Import, PrinterChange, export_printers, import_printers, plan_import
from presswork.server.printers.csv_file import Complaint, Row
from presswork.server.printers.device_uri import strongest_first
from presswork.server.printers.devices import Device, follow_device, is_reached_by, printer_behind, was_removed
from presswork.server.printers.finding import (
    count_by_network,
    count_printers,
    find_printers,
    named_printer,
    printers_by_id,
    printers_near,
)
from presswork.server.printers.models import Printer
from presswork.server.printers.redirectors import RedirectorWay, redirector_ways
from presswork.server.printers.service import (
    accept_certificate,
    add_printer,
    change_printer,
    get_printer,
    list_by_need,
    list_printers,
    place_printer,
    printer_names,
    printer_specs,
    remove_printer,
    report,
)
from presswork.server.printers.sightings import Sightings, sightings_of
from presswork.server.printers.signs import printer_with_sign
from presswork.server.printers.snmp import SnmpForm, get_snmp, set_snmp, snmp_spec
from presswork.server.printers.watch import assign_watchers, watched_by

__all__ = [
    "Complaint",
    "Device",
    "Import",
    "Printer",
    "PrinterChange",
    "RedirectorWay",
    "Row",
    "Sightings",
    "SnmpForm",
    "accept_certificate",
    "add_printer",
    "assign_watchers",
    "change_printer",
    "count_by_network",
    "count_printers",
    "export_printers",
    "find_printers",
    "follow_device",
    "get_printer",
    "get_snmp",
    "import_printers",
    "is_reached_by",
    "list_by_need",
    "list_printers",
    "named_printer",
    "place_printer",
    "plan_import",
    "printer_behind",
    "printer_names",
    "printer_specs",
    "printer_with_sign",
    "printers_by_id",
    "printers_near",
    "redirector_ways",
    "remove_printer",
    "report",
    "set_snmp",
    "sightings_of",
    "snmp_spec",
    "strongest_first",
    "was_removed",
    "watched_by",
]
