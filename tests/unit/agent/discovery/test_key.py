from __future__ import annotations

import stat
from pathlib import Path

import pytest

from presswork.agent.discovery.key import KEY, beacon_key


def test_it_is_made_once_and_is_for_the_agent_alone(tmp_path: Path) -> None:
    first, second = beacon_key(tmp_path), beacon_key(tmp_path)
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600


@pytest.mark.parametrize("spoilt", [b"", bytes(31), bytes(33)])
def test_what_is_no_key_is_replaced(tmp_path: Path, spoilt: bytes) -> None:
    (tmp_path / KEY).write_bytes(spoilt)
    (tmp_path / KEY).chmod(0o600)
    made = beacon_key(tmp_path).private_bytes_raw()
    assert made == (tmp_path / KEY).read_bytes()
    assert len(made) == 32


def test_a_key_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    before = beacon_key(tmp_path).private_bytes_raw()
    (tmp_path / KEY).chmod(0o644)
    assert beacon_key(tmp_path).private_bytes_raw() != before
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(bytes(32))
    (tmp_path / KEY).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        beacon_key(tmp_path)
