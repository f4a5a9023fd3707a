"""The reference pages name what there is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic import BaseModel

from presswork.__main__ import GROUP
from presswork.protocols.control.client import Reply, Request
from presswork.server.fronts.control import app as control_front

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield name, command
        return
    for word, subcommand in subcommands.items():
        yield from _commands(subcommand, f"{name} {word}")


def test_every_command_and_option_is_explained() -> None:
    page = (REFERENCE / "command-line.md").read_text("utf-8")
    missing = []
    for entry in entry_points(group=GROUP):
        for name, command in _commands(typer.main.get_command(entry.load()), f"presswork {entry.name}"):
            if f"`{name}" not in page:
                missing.append(name)
            options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
            missing += [f"{name} {option}" for option in options - {"--help"} if f"{option}" not in page]
    assert missing == []


def test_every_message_of_the_client_is_explained() -> None:
    page = (REFERENCE / "control.md").read_text("utf-8")
    words = [_word(kind, "op") for kind in get_args(get_args(Request)[0])]
    words += [_word(kind, "kind") for kind in get_args(get_args(Reply)[0])]
    assert len(words) > 15
    assert [word for word in words if f"`{word}`" not in page] == []


def _word(kind: type[BaseModel], field: str) -> str:
    return str(kind.model_fields[field].default)


def test_every_route_of_agents_is_explained() -> None:
    page = (REFERENCE / "control.md").read_text("utf-8")
    source = Path(control_front.__file__).read_text("utf-8")
    paths = [line.split('"')[1] for line in source.splitlines() if "Route(" in line and '"/' in line]
    assert len(paths) >= 5
    assert [path for path in paths if path.partition("{")[0] not in page] == []
