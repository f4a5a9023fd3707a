"""Help and refusals of commands: in our words, whatever the library says."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import pytest
import typer

from presswork.core.command_line import Commands, Misused


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"


app = Commands("Paints things.")


@app.command()
def paint(  # noqa: PLR0917
    thing: Annotated[str, typer.Argument(metavar="THING", help="What to paint.")],
    more: Annotated[str | None, typer.Argument(metavar="MORE", help="What else.")] = None,
    coats: Annotated[int, typer.Option(min=1, max=9, metavar="NUMBER")] = 1,
    share: float = 0.5,
    colour: Colour = Colour.RED,
    dry: Annotated[bool, typer.Option("--dry")] = False,
) -> None:
    """Paint it."""
    del thing, more, share, colour, dry
    if coats == 7:
        raise typer.Exit(3)


@app.command()
def strip() -> None:
    """Take the paint off."""
    raise EOFError


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("paint", "THING is missing."),
        ("paint wall --coats 0", "--coats is a whole number from 1 to 9."),
        ("paint wall --coats many", "--coats is a whole number from 1 to 9."),
        ("paint wall --share half", "--share is a number."),
        ("paint wall --colour pink", "--colour is red, blue or green."),
        ("paint wall --frob", "There is no option --frob."),
        ("paint wall --coat 1", "There is no option --coat. Did you mean --coats?"),
        ("paint wall --colour", "After --colour something is missing."),
        ("paint wall --dry=1", "--dry stands alone, without a value."),
        ("paint wall door hall", "What is meant by “hall” is not clear."),
    ],
)
def test_what_is_not_understood_is_said_in_a_sentence_that_leads_to_the_help(words: str, sentence: str) -> None:
    with pytest.raises(Misused) as refused:
        app(args=words.split(), prog_name="house")
    assert refused.value.sentence == f"{sentence} house paint --help shows how."


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(Misused, match=r"There is no command house frob\. house --help shows how\."):
        app(args=["frob"], prog_name="house")


def test_nothing_was_typed_where_something_was_asked_for() -> None:
    with pytest.raises(Misused, match="Nothing was entered"):
        app(args=["strip"], prog_name="house")


def test_the_status_of_a_command_is_that_of_the_program() -> None:
    app(args=["paint", "wall"], prog_name="house")
    with pytest.raises(SystemExit) as ended:
        app(args=["paint", "wall", "--coats", "7"], prog_name="house")
    assert ended.value.code == 3


def test_without_a_command_it_helps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(args=[], prog_name="house")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "Usage: house COMMAND …" in said
    assert "strip  Take the paint off." in said


def test_help_has_no_notation_of_programmers(capsys: pytest.CaptureFixture[str]) -> None:
    app(args=["paint", "--help"], prog_name="house")
    said = capsys.readouterr().out
    assert "Usage: house paint [OPTIONS] THING [MORE]" in said
    assert "1 to 9" in said
    for strange in ("<=", "<str>", "{", "[[", "and exit", "required"):
        assert strange not in said
