"""The certificate of 21338: kept as long as it is good, private where it must be."""

from __future__ import annotations

import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from presswork.agent.directory import prepare_directory
from presswork.agent.local.certificate import LIFETIME, control_context, renew_when_due, try_to_renew

NOW = datetime.now(UTC)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    prepare_directory(tmp_path / "agent")
    return tmp_path / "agent"


def _certificate(directory: Path) -> bytes:
    return (directory / "public" / "client-control.crt").read_bytes()


def test_it_is_made_at_the_first_start(directory: Path) -> None:
    context = control_context(directory, NOW)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.rglob("*")}
    assert modes == {"public": 0o755, "client-control.crt": 0o644, "client-control.key": 0o600}


def test_it_stays_over_restarts(directory: Path) -> None:
    control_context(directory, NOW)
    first = _certificate(directory)
    control_context(directory, NOW + LIFETIME / 2)
    assert _certificate(directory) == first


@pytest.mark.parametrize("later", [LIFETIME * 0.7, LIFETIME, LIFETIME * 3, timedelta(days=-9)])
def test_it_is_renewed_in_time(directory: Path, later: timedelta) -> None:
    context = control_context(directory, NOW)
    first = _certificate(directory)
    renew_when_due(directory, context, NOW + later)
    assert _certificate(directory) != first


@pytest.mark.parametrize("name", ["client-control.key", "public/client-control.crt"])
@pytest.mark.parametrize("content", [None, b"", b"garbage"])
def test_what_is_missing_or_damaged_is_made_anew(directory: Path, name: str, content: bytes | None) -> None:
    control_context(directory, NOW)
    first = _certificate(directory)
    (directory / name).unlink()
    if content is not None:
        (directory / name).write_bytes(content)
    control_context(directory, NOW)
    assert _certificate(directory) != first


def test_a_key_that_does_not_fit_is_replaced(directory: Path, tmp_path: Path) -> None:
    prepare_directory(tmp_path / "other")
    for folder in (directory, tmp_path / "other"):
        control_context(folder, NOW)
    (directory / "client-control.key").write_bytes((tmp_path / "other" / "client-control.key").read_bytes())
    first = _certificate(directory)
    control_context(directory, NOW)
    assert _certificate(directory) != first


def test_a_disk_that_does_not_take_a_new_one_ends_nothing(directory: Path) -> None:
    context = control_context(directory, NOW)
    shutil.rmtree(directory / "public")
    with capture_logs() as said:
        try_to_renew(directory, context, NOW + LIFETIME)
    assert [entry["log_level"] for entry in said] == ["error"]
