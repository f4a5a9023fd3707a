"""The program's front: finds a command, imports nothing else."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from presswork import __version__
from presswork.__main__ import GROUP, main


def test_help_lists_every_command_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = {
        line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")
    }
    for entry in entry_points(group=GROUP):
        assert len(shown[entry.name]) > 2, f"{entry.name} has no summary"


def test_without_a_command_it_helps_and_says_it_was_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Commands:" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"presswork {__version__}\n"


def test_an_unknown_command_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "frobnicate" in complaint
    assert "--help" in complaint


def test_help_imports_no_part_and_nothing_heavy() -> None:
    program = (
        "import sys; from presswork.__main__ import main; main(['--help']);"
        "print('|'.join(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    modules = set(done.stderr.strip().split("|"))
    assert "presswork.core.errors" in modules
    heavy = {"typer", "rich", "pydantic", "asyncio", "ssl", "cryptography", "fastapi", "structlog"}
    parts = {f"presswork.{part}" for part in ("server", "agent", "client", "simulator", "printer", "net", "protocols")}
    assert modules.isdisjoint(heavy | parts)


def test_a_fault_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    done = _run_with_command(
        tmp_path,
        "from presswork.core.errors import NotFound\ndef go(args, prog_name):\n    raise NotFound('It is not here.')\n",
    )
    assert (done.returncode, done.stderr, done.stdout) == (1, "presswork: It is not here.\n", "")


def test_what_others_said_does_not_steer_the_terminal(tmp_path: Path) -> None:
    done = _run_with_command(
        tmp_path,
        "from presswork.core.errors import NotFound\n"
        "def go(args, prog_name):\n    raise NotFound('It said: \\x1b]0;root\\x07\\x9b2J\\nforged')\n",
    )
    assert done.returncode == 1
    assert done.stderr.endswith("forged\n")
    assert done.stderr.rstrip("\n").isprintable()


def test_a_command_gets_its_arguments_and_its_name(tmp_path: Path) -> None:
    done = _run_with_command(tmp_path, "def go(args, prog_name):\n    print(prog_name, args)\n")
    assert (done.returncode, done.stdout) == (0, "presswork outside ['one', '--two']\n")


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    done = _run_with_command(
        tmp_path, "import os, sys\ndef go(args, prog_name):\n    os.close(1)\n    raise BrokenPipeError\n"
    )
    assert (done.returncode, done.stderr) == (1, "")


def _run_with_command(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run the program with one more distribution installed: it brings the command ``outside``."""
    (folder / "outside_command.py").write_text(source)
    metadata = folder / "outside-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\noutside = outside_command:go\n")
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); from presswork.__main__ import main; sys.exit(main(['outside', 'one', '--two']))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
