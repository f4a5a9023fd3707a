"""When two findings are one device."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from presswork.server.searches.identity import Identity, is_same, same_device

KNOWN = Identity("c0ffee00-0000-4000-8000-000000000001", "X123", "00:11:22:33:44:55", "Ricoh IM C3000", "192.0.2.1")


@pytest.mark.parametrize(
    "finding",
    [
        replace(KNOWN, host="192.0.2.9", serial_number="", mac=""),
        replace(KNOWN, uuid=KNOWN.uuid.upper(), serial_number="other", mac="66:11:22:33:44:55"),
        replace(KNOWN, uuid="", host="192.0.2.9", mac=""),
        replace(KNOWN, uuid="", serial_number="", host="192.0.2.9"),
        replace(KNOWN, uuid="", serial_number="0", host="192.0.2.9"),
        Identity("", "", "", "", "192.0.2.1"),
        Identity("", "", "", "Ricoh IM C3000", "192.0.2.1"),
    ],
)
def test_the_same_device(finding: Identity) -> None:
    assert is_same(KNOWN, finding)
    assert is_same(finding, KNOWN)


@pytest.mark.parametrize(
    "finding",
    [
        replace(KNOWN, uuid="c0ffee00-0000-4000-8000-000000000002"),
        replace(KNOWN, uuid="", serial_number="X124"),
        replace(KNOWN, uuid="", serial_number="", mac="66:11:22:33:44:55"),
        Identity("", "", "", "", "192.0.2.2"),
        Identity("", "", "", "HP LaserJet", "192.0.2.1"),
        Identity("", "X123", "", "HP LaserJet", "192.0.2.2"),
    ],
)
def test_another_device(finding: Identity) -> None:
    assert not is_same(KNOWN, finding)
    assert not is_same(finding, KNOWN)


def test_the_first_that_is_the_same() -> None:
    one, two = uuid4(), uuid4()
    assert same_device(KNOWN, [(one, replace(KNOWN, uuid="x")), (two, KNOWN)]) == two
    assert same_device(KNOWN, []) is None
