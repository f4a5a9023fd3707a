from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from uuid import UUID

from presswork.protocols.discovery.entry import Entry
from presswork.protocols.discovery.marks import IN_VAIN, MOST_MARKS, MOST_WAITING, WAITING, Marks, Waiting
from presswork.protocols.discovery.packets import Beacon

ENTRY = Entry(UUID(int=1), UUID(int=2), bytes(32), 1000)
BEACON = Beacon(b"b" * 8, 1, 30, 21335, 0, b"")
DOOR = (IPv4Address("192.0.2.1"), 21337)


def test_boots_and_counters_only_grow() -> None:
    marks = Marks()
    assert marks.get(ENTRY) is None
    marks.heard(ENTRY, b"b" * 8, 5)
    marks.heard(ENTRY, b"b" * 8, 3)
    assert marks.heard(ENTRY, b"a" * 8, 9).latest == (b"b" * 8, 5)
    assert marks.heard(ENTRY, b"c" * 8, 1).latest == (b"c" * 8, 1)


def test_a_computer_with_a_new_key_begins_anew() -> None:
    marks = Marks()
    marks.heard(ENTRY, b"b" * 8, 5)
    assert marks.get(replace(ENTRY, public_key=b"k" * 32)) is None
    assert marks.get(replace(ENTRY, computer_id=UUID(int=3))) is None


def test_a_mark_lasts_as_long_as_the_last_entry_is_good() -> None:
    marks = Marks()
    marks.heard(replace(ENTRY, until=2000), b"b" * 8, 5)
    marks.heard(ENTRY, b"b" * 8, 6)
    marks.forget(2000)
    assert marks.get(ENTRY) is not None
    marks.forget(2001)
    assert marks.get(ENTRY) is None


def test_marks_are_bounded_and_the_one_not_heard_for_longest_goes() -> None:
    marks = Marks()
    for number in range(MOST_MARKS):
        marks.heard(replace(ENTRY, computer_id=UUID(int=number)), b"b" * 8, 1)
    marks.heard(replace(ENTRY, computer_id=UUID(int=0)), b"b" * 8, 2)
    marks.heard(replace(ENTRY, computer_id=UUID(int=MOST_MARKS)), b"b" * 8, 1)
    assert len(marks) == MOST_MARKS
    assert marks.get(replace(ENTRY, computer_id=UUID(int=1))) is None
    assert marks.get(replace(ENTRY, computer_id=UUID(int=0))) is not None


def test_who_does_not_answer_is_left_alone_for_longer_each_time_until_it_starts_anew_or_answers() -> None:
    marks = Marks()
    mark = marks.heard(ENTRY, b"b" * 8, 1)
    pauses = []
    for _ in range(10):
        marks.in_vain(ENTRY, 100.0)
        pauses.append(mark.again - 100)
    assert pauses[:3] == [IN_VAIN[0], 2 * IN_VAIN[0], 4 * IN_VAIN[0]]
    assert pauses[-1] == IN_VAIN[1]
    marks.heard(ENTRY, b"b" * 8, 2)
    assert mark.again > 100
    marks.heard(ENTRY, b"c" * 8, 1)
    assert mark.again < 0
    marks.in_vain(ENTRY, 100.0)
    assert mark.again == 100 + IN_VAIN[0]
    marks.answered(ENTRY, b"c" * 8, 4)
    assert (mark.again < 0, mark.proven, mark.latest) == (True, b"c" * 8, (b"c" * 8, 4))


def test_a_question_finds_the_beacon_that_waits_once() -> None:
    waiting = Waiting()
    waiting.put(DOOR, ENTRY, BEACON)
    waiting.put(DOOR, ENTRY, replace(BEACON, counter=2))
    assert waiting.asked(DOOR, 1.0) == (ENTRY, replace(BEACON, counter=2))
    assert not waiting.has_asked(DOOR, 1.0)
    assert waiting.asked(DOOR, 2.0) is None
    assert waiting.has_asked(DOOR, 3.0)
    assert not waiting.has_asked(DOOR, 3.0)


def test_a_question_of_long_ago_is_none() -> None:
    waiting = Waiting()
    waiting.asked(DOOR, 0.0)
    assert not waiting.has_asked(DOOR, WAITING + 1)


def test_what_waits_is_bounded() -> None:
    waiting = Waiting()
    for port in range(MOST_WAITING + 10):
        waiting.put((DOOR[0], port), ENTRY, BEACON)
        waiting.asked((DOOR[0], 10_000 + port), 0.0)
    assert len(waiting) == 2 * MOST_WAITING
    assert waiting.asked((DOOR[0], 0), 0.0) is None
    assert waiting.asked((DOOR[0], MOST_WAITING), 0.0) is not None
