"""The units of ``packaging/systemd`` are what systemd takes, and say what the program understands."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from architecture.source import ROOT
from presswork.core.settings import Ports

UNITS = sorted((ROOT / "packaging" / "systemd").glob("presswork-*"))


def parsed(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(path)
    return unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_takes_them(tmp_path: Path) -> None:
    for unit in UNITS:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, "utf-8")
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    ours = [line for line in run.stderr.splitlines() if "presswork" in line]
    assert run.returncode == 0, run.stderr
    assert not ours


def test_services_run_unprivileged_and_without_capabilities() -> None:
    services = [parsed(path) for path in UNITS if path.suffix == ".service"]
    assert len(services) == 2
    for unit in services:
        service = unit["Service"]
        assert service["User"].startswith("presswork")
        assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
        assert service["NoNewPrivileges"] == "yes"


def test_sockets_hold_the_ports_on_loopback_only() -> None:
    held = {
        socket["FileDescriptorName"]: socket["ListenStream"]
        for path in UNITS
        if path.suffix == ".socket"
        for socket in [parsed(path)["Socket"]]
    }
    assert held == {
        "client-control": f"127.0.0.1:{Ports().client_control}",
        "local-web": f"127.0.0.1:{Ports().local_web}",
    }
