"""Reading by any transport: devices that refuse one of several, have little room, or go in circles."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from presswork.net.snmp_reading import Answer, Patience, SnmpClient
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import ErrorStatus, Pdu, Tag, Varbind

TABLE: Oid = (1, 3, 6, 1, 9)
FIRST, SECOND = (*TABLE, 1), (*TABLE, 2)


@dataclass
class Scripted:
    """Answers as it is told, and keeps what it was asked."""

    answer: Callable[[Pdu, Sequence[Oid], int], Answer]
    bulk: bool = True
    asked: list[tuple[Pdu, tuple[Oid, ...], int]] = field(default_factory=list)

    async def ask(self, pdu: Pdu, oids: Sequence[Oid], repetitions: int = 0) -> Answer:
        self.asked.append((pdu, tuple(oids), repetitions))
        return self.answer(pdu, oids, repetitions)


def says(*varbinds: Varbind) -> Answer:
    return Answer(0, 0, varbinds)


def number(oid: Oid, value: int = 1) -> Varbind:
    return Varbind(oid, Tag.INTEGER, value)


async def test_what_a_device_does_not_have_is_left_out():
    device = Scripted(lambda pdu, oids, n: says(number(oids[0]), Varbind(oids[1], Tag.NO_SUCH_OBJECT)))
    assert await SnmpClient(device).get((1, 1), (1, 2)) == {(1, 1): 1}


async def test_what_was_not_asked_for_is_not_believed():
    device = Scripted(lambda pdu, oids, n: says(number((1, 99))))
    assert await SnmpClient(device).get((1, 1)) == {}


async def test_version_1_refuses_all_for_the_sake_of_one():
    def answer(pdu: Pdu, oids: Sequence[Oid], n: int) -> Answer:
        missing = [place for place, oid in enumerate(oids, 1) if oid[1] % 2]
        if missing:
            return Answer(ErrorStatus.NO_SUCH_NAME, missing[0], [])
        return says(*map(number, oids))

    device = Scripted(answer, bulk=False)
    found = await SnmpClient(device).get(*((1, n) for n in range(6)))
    assert set(found) == {(1, 0), (1, 2), (1, 4)}
    assert len(device.asked) == 4


async def test_a_device_with_little_room_is_asked_for_less():
    def answer(pdu: Pdu, oids: Sequence[Oid], n: int) -> Answer:
        return Answer(ErrorStatus.TOO_BIG, 0, []) if len(oids) > 2 else says(*map(number, oids))

    assert len(await SnmpClient(Scripted(answer)).get(*((1, n) for n in range(9)))) == 9


async def test_an_error_that_names_nobody_has_each_asked_alone():
    def answer(pdu: Pdu, oids: Sequence[Oid], n: int) -> Answer:
        return says(number(oids[0])) if oids == [(1, 2)] else Answer(ErrorStatus.GENERAL, 0, [])

    assert await SnmpClient(Scripted(answer)).get((1, 1), (1, 2), (1, 3)) == {(1, 2): 1}


def table(rows: int) -> Callable[[Pdu, Sequence[Oid], int], Answer]:
    """Two columns of so many rows, and something behind them."""
    known = [(*column, row) for column in (FIRST, SECOND) for row in range(1, rows + 1)]
    known.append((1, 3, 7))

    def following(oid: Oid) -> Oid:
        return next((one for one in known if one > oid), (2, 0))

    def answer(pdu: Pdu, oids: Sequence[Oid], n: int) -> Answer:
        found, row = [], list(oids)
        for _ in range(n or 1):
            row = [following(oid) for oid in row]
            found += [number(oid) for oid in row]
        return says(*found)

    return answer


async def test_columns_are_read_to_their_end():
    for bulk in (True, False):
        device = Scripted(table(12), bulk=bulk)
        found = await SnmpClient(device).columns((FIRST, SECOND), rows=50)
        assert [len(found[FIRST]), len(found[SECOND])] == [12, 12]
        assert found[FIRST][(7,)] == 1
        assert len(device.asked) == (2 if bulk else 13)


async def test_no_more_rows_are_read_than_wanted():
    found = await SnmpClient(Scripted(table(5000))).columns((FIRST,), rows=20)
    assert len(found[FIRST]) == 20


async def test_a_device_that_goes_in_circles_is_left():
    device = Scripted(lambda pdu, oids, n: says(number((*FIRST, 3)), number((*FIRST, 2)), number((*FIRST, 3))))
    found = await SnmpClient(device).columns((FIRST,), rows=100)
    assert (dict(found[FIRST]), len(device.asked)) == ({(3,): 1}, 1)


async def test_a_device_that_says_nothing_is_not_asked_for_ever():
    device = Scripted(lambda pdu, oids, n: says())
    assert await SnmpClient(device).columns((FIRST,), rows=10) == {FIRST: {}}
    assert len(device.asked) < 10


async def test_bulk_that_is_too_big_becomes_less_then_one_by_one():
    plain = table(3)

    def answer(pdu: Pdu, oids: Sequence[Oid], n: int) -> Answer:
        return Answer(ErrorStatus.TOO_BIG, 0, []) if pdu == Pdu.GET_BULK else plain(pdu, oids, n)

    device = Scripted(answer)
    assert len((await SnmpClient(device).columns((FIRST,), rows=10))[FIRST]) == 3
    assert [repetitions for _, _, repetitions in device.asked][:5] == [8, 4, 2, 1, 0]


async def test_version_1_ends_with_an_error():
    plain = table(2)

    def answer(pdu: Pdu, oids: Sequence[Oid], n: int) -> Answer:
        behind = [place for place, oid in enumerate(oids, 1) if oid == (*SECOND, 2)]
        return Answer(ErrorStatus.NO_SUCH_NAME, behind[0], []) if behind else plain(pdu, oids, n)

    device = Scripted(answer, bulk=False)
    found = await SnmpClient(device).columns((FIRST, SECOND), rows=10)
    assert [list(found[FIRST]), list(found[SECOND])] == [[(1,), (2,)], [(1,), (2,)]]


def test_waits_grow_to_a_ceiling_and_differ():
    patience = Patience(first=1, attempts=4, ceiling=3)
    first, second, third, fourth = patience.waits(os.urandom)
    assert 0.9 <= first <= 1.1
    assert 1.8 <= second <= 2.2
    assert min(third, fourth) >= 2.7
    assert max(third, fourth) <= 3.3
