"""Reads a device by SNMP, whatever brings the questions there: single variables, and columns of tables.

Everything is bounded: variables of a request, rows, requests. A device that refuses one of several is asked for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from presswork.core.backoff import spread
from presswork.core.clock import Randomness
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import ErrorStatus, Pdu, Tag, Value, Varbind

_AT_ONCE = 20
"""Variables in one request; small devices answer no more."""
_REPETITIONS = 8
_MOST_VARIABLES_BACK = 60
"""Asked for in one GetBulk, so that most answers fit one packet."""
_NOTHING = frozenset({Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often is asked, and how long each answer may take, in seconds: each wait twice as long as the one before."""

    first: float = 1.0
    attempts: int = 3
    ceiling: float = 4.0

    def waits(self, randomness: Randomness) -> tuple[float, ...]:
        """The waits, give or take a tenth, so that many devices are not asked again at the same moment."""
        return tuple(spread(min(self.first * 2**n, self.ceiling), randomness) for n in range(self.attempts))


PATIENCE = Patience()


class Answer(NamedTuple):
    """What came back (RFC 3416 §3)."""

    error_status: int
    error_index: int
    varbinds: Sequence[Varbind]


class Transport(Protocol):
    """Brings a request to a device, and the answer back."""

    bulk: bool
    """Whether the version knows GetBulk."""

    async def ask(self, pdu: Pdu, oids: Sequence[Oid], repetitions: int = 0) -> Answer:
        """Raises ``PrinterUnreachable`` when nothing that can be read comes back in time."""
        ...


class SnmpClient:
    """Questions to one device, one at a time."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, *oids: Oid) -> Mapping[Oid, Value]:
        """These variables; those that the device does not have are left out."""
        found: dict[Oid, Value] = {}
        for start in range(0, len(oids), _AT_ONCE):
            await self._get(list(oids[start : start + _AT_ONCE]), found)
        return found

    async def _get(self, oids: list[Oid], found: dict[Oid, Value]) -> None:
        """v1 refuses all for the sake of one, and says which; a device with little room is asked for half."""
        while oids:
            answer = await self._transport.ask(Pdu.GET, oids)
            if answer.error_status == ErrorStatus.NO_ERROR:
                asked = set(oids)
                found.update((one.oid, one.value) for one in answer.varbinds if one.oid in asked and has_value(one))
                return
            if answer.error_status == ErrorStatus.TOO_BIG and len(oids) > 1:
                await self._get(oids[: len(oids) // 2], found)
                oids = oids[len(oids) // 2 :]
            elif answer.error_status == ErrorStatus.NO_SUCH_NAME and 0 < answer.error_index <= len(oids):
                del oids[answer.error_index - 1]
            elif len(oids) > 1:
                for oid in oids:
                    await self._get([oid], found)
                return
            else:
                return

    async def columns(self, columns: Sequence[Oid], rows: int) -> Mapping[Oid, Mapping[Oid, Value]]:
        """Columns of one table: for each the values by the index of their row, of at most so many ``rows``.

        A column whose answers do not go forward counts as read: else it would be read for ever (RFC 3416 §4.2.2).
        """
        walk = _Walk(columns, rows)
        repetitions = _repetitions(len(columns)) if self._transport.bulk else 0
        for _ in range(2 * rows + len(columns) + 8):
            open_ = walk.open
            if not open_:
                break
            asked = [walk.cursor[column] for column in open_]
            if repetitions:
                answer = await self._transport.ask(Pdu.GET_BULK, asked, repetitions)
            else:
                answer = await self._transport.ask(Pdu.GET_NEXT, asked)
            if answer.error_status == ErrorStatus.NO_ERROR and answer.varbinds:
                for number, one in enumerate(answer.varbinds):
                    walk.take(open_[number % len(open_)], one)
            elif answer.error_status == ErrorStatus.NO_SUCH_NAME and 0 < answer.error_index <= len(open_):
                walk.close(open_[answer.error_index - 1])
            elif repetitions > 1:
                repetitions //= 2
            elif repetitions:
                repetitions = 0
            else:
                break
        return walk.found


class _Walk:
    """How far each column has been read."""

    def __init__(self, columns: Sequence[Oid], rows: int) -> None:
        self.cursor: dict[Oid, Oid] = {column: column for column in columns}
        self.found: dict[Oid, dict[Oid, Value]] = {column: {} for column in columns}
        self._rows = rows
        self._closed: set[Oid] = set()

    @property
    def open(self) -> list[Oid]:
        """Columns that are not at their end."""
        return [column for column in self.cursor if column not in self._closed]

    def close(self, column: Oid) -> None:
        """Nothing more is in it."""
        self._closed.add(column)

    def take(self, column: Oid, one: Varbind) -> None:
        """The next value of a column, or its end."""
        if column in self._closed:
            return
        if one.oid[: len(column)] != column or one.tag == Tag.END_OF_MIB_VIEW or one.oid <= self.cursor[column]:
            self.close(column)
            return
        self.cursor[column] = one.oid
        if has_value(one):
            self.found[column][one.oid[len(column) :]] = one.value
        if len(self.found[column]) >= self._rows:
            self.close(column)


def has_value(one: Varbind) -> bool:
    """Whether there is something."""
    return one.tag not in _NOTHING


def _repetitions(columns: int) -> int:
    return max(1, min(_REPETITIONS, _MOST_VARIABLES_BACK // max(1, columns)))
