"""Logs go to standard error, one line an event."""

from __future__ import annotations

import json
import subprocess
import sys

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


def run(*, as_json: bool) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(json=as_json)
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
