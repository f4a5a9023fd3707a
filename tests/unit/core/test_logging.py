"""Logs go to standard error, one line an event."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import structlog
from presswork.core.logging import configure_logging
configure_logging(json={json})
log = structlog.get_logger()
log.info("job received", size=3)
log.debug("not shown")
try:
    raise ValueError("no room")
except ValueError:
    log.exception("failed")
"""


HOSTILE = r"""
import structlog
from presswork.core.logging import configure_logging
configure_logging(json={json})
log = structlog.get_logger()
log.warning("The server said: \x1b[2J\n2026-01-01T00:00:00Z [info     ] forged", reason="\x9b2J\u202e", more=["\x1b"])
"""


def run(*, as_json: bool) -> subprocess.CompletedProcess[str]:
    return execute(PROGRAM.format(json=as_json))


def execute(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)


def test_lines_for_machines() -> None:
    done = run(as_json=True)
    first, second = [json.loads(line) for line in done.stderr.splitlines()]
    assert (first["event"], first["level"], first["size"]) == ("job received", "info", 3)
    assert first["timestamp"].endswith("Z")
    assert "ValueError: no room" in second["exception"]
    assert done.stdout == ""


def test_lines_for_people() -> None:
    done = run(as_json=False)
    assert "job received" in done.stderr
    assert "size=3" in done.stderr
    assert "not shown" not in done.stderr
    assert "\x1b[" not in done.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_what_others_say_neither_steers_a_terminal_nor_makes_a_line(*, as_json: bool) -> None:
    (line,) = execute(HOSTILE.format(json=as_json)).stderr.splitlines()
    assert line.isprintable()
    assert "forged" in line
