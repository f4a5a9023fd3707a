from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from presswork.agent.spool.faults import SpoolDamaged
from presswork.agent.spool.schema import DATABASE, MIGRATIONS, connect_reader, connect_writer


def test_the_database_is_private_and_written_through(tmp_path: Path) -> None:
    connection = connect_writer(tmp_path)
    pragmas = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "user_version")
    }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "user_version": len(MIGRATIONS),
    }
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    connection.close()


def test_a_database_of_tomorrow_is_left_alone(tmp_path: Path) -> None:
    connection = connect_writer(tmp_path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(SpoolDamaged, match="newer"):
        connect_writer(tmp_path)


def test_a_link_in_the_place_of_the_database_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / DATABASE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        connect_writer(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    connect_writer(tmp_path).close()
    reader = connect_reader(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO facts VALUES ('a', 'b')")
    reader.close()
