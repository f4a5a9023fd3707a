from __future__ import annotations

from pathlib import Path

import pytest

from presswork.agent.host.linux.configuration import CupsFiles, parse_cups_files, read_cups_files


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", CupsFiles("lp", ("root", "lpadmin"))),
        ("# User root\nUser printer\n", CupsFiles("printer", ("root", "lpadmin"))),
        ("user one # two\nUSER three\nUser\n", CupsFiles("three", ("root", "lpadmin"))),
        ("SystemGroup a b\n  systemgroup\tc\n", CupsFiles("lp", ("a", "b", "c"))),
        ("Username root\nUserGroup x\n", CupsFiles("lp", ("root", "lpadmin"))),
    ],
)
def test_directives(text: str, expected: CupsFiles) -> None:
    assert parse_cups_files(text) == expected


async def test_a_file_that_is_not_there_has_the_defaults(tmp_path: Path) -> None:
    assert await read_cups_files(tmp_path / "cups-files.conf") == CupsFiles()


async def test_a_file_of_odd_octets_is_read(tmp_path: Path) -> None:
    (tmp_path / "cups-files.conf").write_bytes(b"\xff\xfe\nUser lp2\n")
    assert (await read_cups_files(tmp_path / "cups-files.conf")).user == "lp2"
