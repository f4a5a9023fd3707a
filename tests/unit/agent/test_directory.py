"""The agent's directory: its own, closed to others but for ``public/``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from presswork.agent.directory import check_directory, prepare_directory, write_durably
from presswork.core.errors import Invalid, NotFound, Unavailable


def _modes(directory: Path) -> tuple[int, int]:
    return directory.stat().st_mode & 0o777, (directory / "public").stat().st_mode & 0o777


@pytest.mark.parametrize("umask", [0, 0o077])
def test_it_is_made_as_it_must_be(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        prepare_directory(tmp_path / "agent")
    finally:
        os.umask(before)
    assert _modes(tmp_path / "agent") == (0o711, 0o755)


def test_one_that_is_closed_too_far_is_opened_for_passing_through(tmp_path: Path) -> None:
    (tmp_path / "agent").mkdir(mode=0o700)
    prepare_directory(tmp_path / "agent")
    assert _modes(tmp_path / "agent") == (0o711, 0o755)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o770, 0o703, 0o777, 0o722])
def test_one_that_was_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever could have read or changed what is in it may have done so: a person decides, not the program."""
    directory = tmp_path / "agent"
    directory.mkdir()
    directory.chmod(mode)
    with pytest.raises(Invalid, match="chmod 711"):
        prepare_directory(directory)
    assert directory.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
@pytest.mark.parametrize("name", [".", "public"])
def test_one_of_another_account_is_refused(tmp_path: Path, name: str) -> None:
    prepare_directory(tmp_path / "agent")
    os.chown(tmp_path / "agent" / name, 65534, 65534)
    with pytest.raises(Invalid, match="another account"):
        prepare_directory(tmp_path / "agent")


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "agent").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match="not a directory"):
        prepare_directory(tmp_path / "agent")


def test_none_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="agent starts"):
        check_directory(tmp_path / "none")


def test_a_file_is_replaced_whole_and_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"one")
    write_durably(path, b"two", 0o644)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_what_a_crash_left_is_no_obstacle_and_a_link_no_trap(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"safe")
    (tmp_path / "file.new").symlink_to(victim)
    write_durably(tmp_path / "file", b"new")
    assert victim.read_bytes() == b"safe"
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_disk_that_lets_nothing_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"can keep nothing in its directory .* Look at the disk"):
        prepare_directory(tmp_path / "file" / "agent")
