from __future__ import annotations

import pytest

from presswork.agent.host.windows.faults import SpoolerUnavailable, fault_of
from presswork.agent.host.windows.winspool import Win32Error
from presswork.core.errors import Fault, Forbidden, FormatNotSupported, NotFound, NotPossible


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (5, Forbidden, "ada"),
        (1722, SpoolerUnavailable, "Start-Service Spooler"),
        (1801, NotFound, "ledger"),
        (1905, NotFound, "ledger"),
        (1906, NotPossible, "not ready"),
        (112, NotPossible, "spool folder"),
        (1346, NotPossible, "Local System"),
        (1804, FormatNotSupported, "RAW"),
        (3009, NotPossible, "3009"),
    ],
)
def test_errors_become_sentences(code: int, kind: type[Fault], says: str) -> None:
    fault = fault_of(Win32Error(code, "OpenPrinterW"), "ledger", "ada")
    assert type(fault) is kind
    assert says in fault.sentence


def test_a_name_stays_on_its_line() -> None:
    assert "\n" not in fault_of(Win32Error(5, "OpenPrinterW"), "led\nger", "a\nda").sentence
