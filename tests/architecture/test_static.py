"""Style and types are tests like any other, so that one summary tells all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GATES = {
    "style": ["ruff", "check", "--no-cache", "."],
    "format": ["ruff", "format", "--no-cache", "--check", "."],
    "types": ["mypy"],
    "types on Windows": [
        "mypy",
        "--platform=win32",
        "--cache-dir=.mypy_cache/win32",
        "--package=presswork.agent.host.windows",
        "--module=presswork.agent.host.chosen",
    ],
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("gate", GATES)
def test_gate(gate: str) -> None:
    run = subprocess.run(
        [ROOT / ".venv" / "bin" / GATES[gate][0], *GATES[gate][1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
