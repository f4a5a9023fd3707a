"""Printers as a table."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid, TooLarge
from presswork.server.printers import csv_file
from presswork.server.printers.csv_file import COLUMNS, Complaint, read_rows, write_rows


def test_a_spreadsheets_file_is_read_with_any_separator() -> None:
    for separator in ",;\t":
        text = 'Printer;Address;Vendor;Location\r\n Hall ;ipp://192.0.2.1;"Ricoh; IM";\r\n;;;\r\n'.replace(
            ";", separator
        )
        (row,), complaints = read_rows(text)
        assert complaints == []
        assert (row.number, row.id, row.name, row.location) == (2, None, "Hall", "")
        assert row.device_uri == "ipp://192.0.2.1/ipp/print"


def test_what_is_wrong_names_its_row() -> None:
    text = (
        "name,id,device_uri\r\nHall,,\r\n,,ipp://192.0.2.1\r\nLab,x,\r\n"
        "Attic,00000000-0000-7000-8000-000000000001,http://x\r\nShort\r\n"
    )
    rows, complaints = read_rows(text)
    assert [row.name for row in rows] == ["Hall", "Short"]
    assert complaints[:2] == [
        Complaint(3, "This must not be empty."),
        Complaint(4, "The id is none. Leave the column id empty for a new printer."),
    ]
    assert complaints[2].row == 5
    assert "must begin with" in complaints[2].sentence


@pytest.mark.parametrize("text", ["", "address\r\nipp://x\r\n", "\x00", 'name\r\n"open', 'name\r\n"a"b\r\n'])
def test_what_is_no_such_table_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Invalid):
        read_rows(text)


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "ROWS_LIMIT", 2)
    assert len(read_rows("name\na\nb\n")[0]) == 2
    with pytest.raises(TooLarge):
        read_rows("name\na\nb\nc\n")


def test_no_cell_is_a_formula() -> None:
    written = write_rows([dict.fromkeys(COLUMNS, "") | {"name": '=HYPERLINK("x")', "location": "-2 floor"}])
    assert "'=HYPERLINK" in written
    assert "'-2 floor" in written
    (row,), _ = read_rows(written)
    assert (row.name, row.location) == ('=HYPERLINK("x")', "-2 floor")


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C"]), min_size=1, max_size=40),
    st.uuids(),
)
def test_what_is_written_is_read_again(name: str, printer_id: UUID) -> None:
    if not name.strip() or name.strip().startswith("'"):
        return
    row = dict.fromkeys(COLUMNS, "") | {"id": str(printer_id), "name": name, "device_uri": "ipp://192.0.2.1/ipp/print"}
    (read,), complaints = read_rows(write_rows([row]))
    assert complaints == []
    assert (read.id, read.name, read.device_uri) == (printer_id, name.strip(), "ipp://192.0.2.1/ipp/print")
