from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from presswork.agent.spool.faults import SpoolDamaged, SpoolNotWritable, fault_of
from presswork.core.errors import NoSpace


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_no_space(number: int) -> None:
    assert isinstance(fault_of(OSError(number, "full")), NoSpace)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO, errno.EACCES])
def test_a_disk_that_does_not_take_it_is_not_writable(number: int) -> None:
    assert isinstance(fault_of(OSError(number, "failing")), SpoolNotWritable)


def test_a_full_database_is_no_space() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA max_page_count = 2")
    connection.execute("CREATE TABLE t (x)")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    connection.close()
    assert isinstance(fault_of(caught.value), NoSpace)


def test_octets_that_are_no_database_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    path.write_bytes(b"not a database" * 1000)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert isinstance(fault_of(caught.value), SpoolDamaged)


def test_a_mistake_of_ours_is_not_dressed_up_as_the_disk() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT nothing")
    connection.close()
    assert fault_of(caught.value) is None
    assert fault_of(ValueError()) is None
