"""What control messages are made of: bounded, typed, one line."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from presswork.protocols.control.words import (
    Account,
    JobReport,
    Line,
    NetworkHint,
    PrinterSpec,
    QueueDefaults,
    QueueName,
    QueueSpec,
    Word,
)
from unit.protocols.control import words as some

LINE: TypeAdapter[str] = TypeAdapter(Line)
ACCOUNT: TypeAdapter[str] = TypeAdapter(Account)
QUEUE_NAME: TypeAdapter[str] = TypeAdapter(QueueName)


@given(st.one_of(some.reports, some.printers, some.printer_reports, some.queues, some.orders, some.answers))
def test_a_word_survives_the_way_over_the_wire(word: Word) -> None:
    assert type(word).model_validate_json(word.model_dump_json()) == word


@given(some.reports, st.dictionaries(st.text(st.characters(categories=["Ll"]), min_size=20, max_size=24), st.none()))
def test_fields_of_a_newer_version_are_ignored(report: JobReport, newer: dict[str, None]) -> None:
    data = json.loads(report.model_dump_json()) | newer
    assert JobReport.model_validate_json(json.dumps(data)) == report


@pytest.mark.parametrize("character", [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)])
@pytest.mark.parametrize("shape", ["{}", "a{}", "a{}b"])
def test_a_line_holds_no_control_character(character: str, shape: str) -> None:
    text = shape.format(character)
    for adapter in (LINE, ACCOUNT, QUEUE_NAME):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_a_line_is_bounded() -> None:
    assert LINE.validate_python("ü" * 255)
    with pytest.raises(ValidationError):
        LINE.validate_python("a" * 256)


@pytest.mark.parametrize("account", ["", "../root", "a/b", "a:b", "a\\b"])
def test_an_account_is_no_path(account: str) -> None:
    with pytest.raises(ValidationError):
        ACCOUNT.validate_python(account)


@pytest.mark.parametrize("name", ["", "-x", "_x", "a b", "a/b", "a.b", "a" * 128, "Prässwork", "a\n"])
def test_a_queue_name_is_what_a_spooler_takes(name: str) -> None:
    with pytest.raises(ValidationError):
        QUEUE_NAME.validate_python(name)


@pytest.mark.parametrize(
    "uri",
    ["http://10.0.0.7/", "file:///etc/passwd", "socket://", "ipp://10.0.0.7/a b", "ipp://10.0.0.7/\nx"],
)
def test_a_printer_is_reached_by_the_schemes_we_speak(uri: str) -> None:
    with pytest.raises(ValidationError):
        PrinterSpec(printer_id=UUID(int=1), name="Hall", device_uri=uri)


def test_a_fingerprint_is_whole() -> None:
    for wrong in ("ab" * 31, "AB" * 32, "zz" * 32):
        with pytest.raises(ValidationError):
            PrinterSpec(printer_id=UUID(int=1), name="Hall", device_uri="ipps://hall/", certificate_sha256=wrong)


def test_words_do_not_change() -> None:
    spec = QueueSpec(queue_id=UUID(int=1), name="Presswork", mode="hold")
    with pytest.raises(ValidationError):
        spec.mode = "direct"  # type: ignore[misc]


def test_where_a_computer_is_is_said_in_addresses_and_names_only() -> None:
    hint = NetworkHint.model_validate(
        {
            "gateway": "fe80::1",
            "gateway_mac": "00:00:5e:00:53:01",
            "prefixes": ["192.0.2.0/24", "2001:db8::/64"],
            "dns_suffixes": ["berlin.example.org"],
        }
    )
    assert NetworkHint.model_validate_json(hint.model_dump_json()) == hint
    for wrong in (
        {"gateway": "fe80::1%eth0"},
        {"gateway": "router"},
        {"gateway_mac": "00-00-5e-00-53-01"},
        {"prefixes": ["192.0.2.1/24"]},
        {"prefixes": ["192.0.2.0/24"] * 9},
        {"dns_suffixes": ["Berlin.example.org"]},
        {"dns_suffixes": ["a b"]},
        {"dns_suffixes": ["a." * 127 + "a"]},
    ):
        with pytest.raises(ValidationError):
            NetworkHint.model_validate(wrong)


def test_an_older_agent_holds_what_a_newer_one_asks_about() -> None:
    spec = QueueSpec(queue_id=UUID(int=1), name="Presswork", mode="hold", ask=True)
    assert spec.mode == "hold"


@pytest.mark.parametrize("wrong", [{"copies": 0}, {"sides": "three"}, {"media": "A4 paper"}, {"print_color_mode": "x"}])
def test_defaults_are_what_ipp_knows(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QueueDefaults.model_validate(wrong)
