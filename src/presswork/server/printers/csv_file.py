"""Printers as a table that spreadsheets read and write (RFC 4180), with semicolons or tabs as well as commas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from presswork.core.errors import Fault, Invalid, TooLarge
from presswork.server.platform.text import one_line
from presswork.server.printers.device_uri import canonical_device_uri

ROWS_LIMIT = 20_000
COLUMNS = ("id", "name", "location", "network", "device_uri", "sign", "make_and_model")
"""What is written. ``id``, ``name``, ``location``, ``network`` and ``device_uri`` are read, all others are left alone."""
_ALSO = {"printer": "name", "place": "location", "address": "device_uri", "uri": "device_uri"}
_SEPARATORS = ",;\t"
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, checked. None: the file has no such column, or nothing stands in it."""

    number: int
    """As a spreadsheet counts: the heading is row 1."""
    id: UUID | None
    name: str
    location: str | None
    device_uri: str | None
    network: str | None = None
    """The name of one."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a row, for the person who wrote it."""

    row: int
    sentence: str


def write_rows(rows: Iterable[Mapping[str, str]]) -> str:
    """The file's text. What a spreadsheet would take for a formula gets an apostrophe in front (CWE-1236)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def read_rows(text: str) -> tuple[list[Row], list[Complaint]]:
    """The good rows, and what is wrong with the others.

    Raises ``Invalid`` for what is no table or lacks the column ``name``, ``TooLarge`` beyond ``ROWS_LIMIT`` rows.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    rows: list[Row] = []
    complaints: list[Complaint] = []
    try:
        columns = _columns(next(lines, []))
        for number, cells in enumerate(lines, start=2):
            if not any(map(str.strip, cells)):
                continue
            if len(rows) + len(complaints) == ROWS_LIMIT:
                raise TooLarge(f"The file has more than {ROWS_LIMIT:,} rows. Split it and load the parts one by one.")
            try:
                rows.append(_row(number, columns, cells))
            except Fault as fault:
                complaints.append(Complaint(number, fault.sentence))
    except csv.Error:
        raise Invalid(
            f"Line {lines.line_num} is no line of a CSV file. Save the table as CSV with your spreadsheet once more."
        ) from None
    return rows, complaints


def _separator(text: str) -> str:
    heading = text.partition("\n")[0]
    return max(_SEPARATORS, key=heading.count)


def _columns(heading: Sequence[str]) -> dict[str, int]:
    """Where each column that is read stands; of two with the same name the first counts."""
    columns: dict[str, int] = {}
    for place, cell in enumerate(heading):
        word = cell.strip().lower().replace(" ", "_")
        columns.setdefault(_ALSO.get(word, word), place)
    if "name" not in columns:
        raise Invalid(
            "The first row must name the columns; “name” is missing. Export the printers to see how it looks."
        )
    return columns


def _row(number: int, columns: Mapping[str, int], cells: Sequence[str]) -> Row:
    def cell(column: str) -> str | None:
        place = columns.get(column)
        return None if place is None or place >= len(cells) else _plain(cells[place].strip())

    location = cell("location")
    device_uri = cell("device_uri")
    return Row(
        number,
        _id(cell("id")),
        one_line(cell("name") or "", field="name", limit=127),
        None if location is None else one_line(location, field="location", limit=255, empty=True),
        canonical_device_uri(device_uri) if device_uri else None,
        one_line(network, field="network", limit=127) if (network := cell("network")) else None,
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("The id is none. Leave the column id empty for a new printer.") from None


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
