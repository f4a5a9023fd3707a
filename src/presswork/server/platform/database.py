"""The database: one engine, two kinds of session, and the column types that keep times aware and keys sorted.

A *reading* session never writes. A *writing* session is one transaction: it commits when its block ends well, rolls
back when a fault leaves it, and announces its news only after the commit. On SQLite it begins with ``BEGIN IMMEDIATE``,
so that two writers queue up instead of failing half way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    Select,
    String,
    TypeDecorator,
    Uuid,
    event,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Busy, Fault, NoSpace, Unavailable
from presswork.core.ids import uuid7
from presswork.server.platform.events import Events, News

_CONNECTIONS = 10
_BUSY_MILLISECONDS = 10_000
_LOCKED = "database is locked"
_WRITES = "presswork_writes"
_DISK_FULL = "53100"
_OUT_OF_REACH = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_log = structlog.get_logger(__name__)


class DateTimeUTC(TypeDecorator[datetime]):
    """An aware time, stored in UTC and given back aware on every database (SQLite forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; a naive time is a mistake of the caller."""
        if value is not None and value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A short list of keywords, as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> list[str] | None:
        """To the database."""
        return None if value is None else list(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[str, ...] | None:
        """From the database."""
        return None if value is None else tuple(value)


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Base of all tables; constraints have names, so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as it stands
        datetime: DateTimeUTC(),
        UUID: Uuid(),
        str: String(255),
        tuple[str, ...]: Strings(),
        dict[str, str]: JSON(),
    }


class OfTenant(MappedAsDataclass, kw_only=True):
    """Every row of every table below ``tenants`` belongs to one tenant."""

    tenant_id: Mapped[UUID] = mapped_column(index=False)


class Scoped(Protocol):
    """Who or what belongs to a tenant."""

    @property
    def tenant_id(self) -> UUID:
        """Of which."""
        ...


Row = TypeVar("Row", bound=OfTenant)


def scoped(table: type[Row], whose: Scoped) -> Select[Row]:
    """Rows of ``table`` in the tenant of ``whose``: how every query of a domain begins."""
    return select(table).where(table.tenant_id == whose.tenant_id)


class Session(AsyncSession):
    """A session that also knows the time, makes ids, and keeps news until the commit."""

    def __init__(self, *args: Any, clock: Clock, randomness: Randomness, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clock = clock
        self.randomness = randomness
        self.news: list[News] = []

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return self.clock.now()

    def new_id(self) -> UUID:
        """A new key (UUID version 7)."""
        return uuid7(self.clock, self.randomness)

    def announce(self, news: News) -> None:
        """Tell those who wait, once this transaction is committed."""
        if news not in self.news:
            self.news.append(news)


class Database:
    """The one engine of a process."""

    def __init__(self, url: str, *, clock: Clock, randomness: Randomness, events: Events) -> None:
        # No overflow: connections beyond the pool would be opened and closed with every request of a rush.
        # No parameters in errors: they are hashes of passwords and tokens, and names of documents, and errors are logged.
        self.engine = create_async_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=not url.startswith("sqlite"),
            hide_parameters=True,
        )
        self._writing_engine = self.engine.execution_options(**{_WRITES: True})
        self._clock = clock
        self._randomness = randomness
        self._events = events
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine.sync_engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A session for questions; whatever it changed is thrown away."""
        async with Session(
            self.engine, expire_on_commit=False, clock=self._clock, randomness=self._randomness
        ) as session:
            with _faults():
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Session]:
        """One transaction: committed when the block ends, rolled back when anything is raised in it.

        ``Busy`` where others write for so long that this one does not get its turn; ``NoSpace`` and ``Unavailable`` where
        the disk does not take it. Then nothing of it is kept.
        """
        async with Session(
            self._writing_engine, expire_on_commit=False, clock=self._clock, randomness=self._randomness
        ) as session:
            with _faults():
                yield session
                await session.commit()
        for news in session.news:
            self._events.publish(news)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


@contextmanager
def _faults() -> Iterator[None]:
    """What a database says that cannot do its work now, as faults."""
    try:
        yield
    except OperationalError as error:
        fault = _fault_of(error)
        if fault is None:
            raise
        if not isinstance(fault, Busy):
            _log.error("the database cannot do its work", reason=str(error.orig))
        raise fault from error


def _fault_of(error: OperationalError) -> Fault | None:
    if _LOCKED in str(error.orig):
        return Busy("The server is very busy. Try again in a moment.", retry_after="2")
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", "") == _DISK_FULL:
        return NoSpace("The disk of the server is full, so nothing was changed. Tell whoever runs it.")
    if code in _OUT_OF_REACH:
        return Unavailable("The server cannot use its database now, so nothing was changed. Tell whoever runs it.")
    return None


def sqlite_url(file: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{file.absolute()}"


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own implicit BEGIN comes too late and is never IMMEDIATE
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"busy_timeout={_BUSY_MILLISECONDS}",
            "foreign_keys=ON",
            "secure_delete=ON",
            "synchronous=FULL",  # a confirmed report is never told again by its agent
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert_new(session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> Executable:
    """An INSERT of ``rows`` that leaves out those whose key is there already."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).values(list(rows)).on_conflict_do_nothing()
    return sqlite.insert(table).values(list(rows)).on_conflict_do_nothing()


def sqlite_version() -> str:
    """The SQLite library in use."""
    return sqlite3.sqlite_version
