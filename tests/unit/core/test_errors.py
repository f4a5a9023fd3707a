"""The tree of faults."""

from __future__ import annotations

import re

from presswork.core.errors import Fault, Invalid, PrinterUnreachable


def every_fault(root: type[Fault] = Fault) -> set[type[Fault]]:
    """Every fault of ``core/errors.py``."""
    found = {root} if root.__module__ == Fault.__module__ else set()
    return found.union(*(every_fault(child) for child in root.__subclasses__()))


def test_codes_are_stable_words_and_each_is_one_fault() -> None:
    faults = every_fault()
    codes = [fault.code for fault in faults]
    assert len(set(codes)) == len(codes) > 15
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_a_fault_carries_its_sentence_and_details() -> None:
    fault = Invalid("The number of copies is not a number.", field="copies")
    assert str(fault) == fault.sentence == "The number of copies is not a number."
    assert fault.details == {"field": "copies"}
    assert fault.code == "invalid"


def test_a_narrow_fault_is_caught_as_the_wide_one() -> None:
    assert issubclass(PrinterUnreachable, Fault)
    assert [kind.__name__ for kind in PrinterUnreachable.__mro__[:3]] == ["PrinterUnreachable", "Unavailable", "Fault"]
