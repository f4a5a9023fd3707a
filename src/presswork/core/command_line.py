"""Commands of ``presswork``: Typer, with its help and its refusals in our words."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from presswork.core.errors import Invalid


class Misused(Invalid):
    """A command line that was not understood."""

    code: ClassVar[str] = "misused"


class _Help:
    """Help without the notation of programmers; what is taken away leaves its room, so that columns stay."""

    def get_help(self, ctx: Any) -> str:
        """The whole of it."""
        text: str = super().get_help(ctx)  # type: ignore[misc]
        for pattern, instead in _IN_HELP:
            text = pattern.sub(instead, text)
        return text


class Command(_Help, TyperCommand):
    """One command."""


class Group(_Help, TyperGroup):
    """Several commands under one name."""


class Commands(typer.Typer):
    """An application of one or more commands; called as the entry points are, with ``args`` and ``prog_name``."""

    def __init__(self, about: str | None = None) -> None:
        super().__init__(
            cls=Group,
            help=about,
            add_completion=False,
            no_args_is_help=about is not None,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        """See Typer."""
        return super().command(name, **{"cls": Command, **options})

    def __call__(self, *args: Any, **options: Any) -> None:
        """Run. ``Misused`` where the words are not understood; leaves the program where a command ends with a status."""
        try:
            status = super().__call__(*args, standalone_mode=False, **options)
        except TyperException as error:
            raise _explained(error, self._command_of(**options)) from None
        except typer.Abort:
            raise Misused("Nothing was entered.") from None
        if isinstance(status, int) and status:
            sys.exit(status)

    def _command_of(self, prog_name: str = "presswork", args: Sequence[str] = (), **_: Any) -> str:
        """The command that was meant, where the library does not say it."""
        several = len(self.registered_commands) > 1 or self.registered_callback is not None
        return f"{prog_name} {args[0]}" if several and args else prog_name


def _same_room(found: re.Match[str]) -> str:
    return " " * len(found[0])


_IN_HELP: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"^(Usage: .*?)\[OPTIONS\] COMMAND \[ARGS\]\.\.\.", re.MULTILINE), r"\1COMMAND …"),
    (re.compile(r"\{([A-Z]+)\}"), r"\1"),
    (re.compile(r"(?<=[A-Z\]]) <[a-z ]+>(?=  )"), _same_room),
    (re.compile(r"Show this message and exit\."), "Show this."),
    (re.compile(r"\b(\d+)<=x<=(\d+)\b"), r"\1 to \2"),
    (re.compile(r"  \[required\]|\s+\[default: -\]"), ""),
)


def _explained(error: TyperException, command: str) -> Misused:
    """What was wrong with the words, and where it says how they go."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else command
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.message}\n")
        sys.exit(2)
    return Misused(f"{_what_was_wrong(error, command)} {command} --help shows how.")


def _what_was_wrong(error: TyperException, command: str) -> str:
    message, option = error.message, getattr(error, "option_name", "")
    match type(error).__name__:
        case "MissingParameter":
            return f"{_name(error)} is missing."
        case "NoSuchOption":
            near = getattr(error, "possibilities", None)
            return f"There is no option {option}." + (f" Did you mean {' or '.join(sorted(near))}?" if near else "")
        case "BadOptionUsage":
            takes_none = "not take a value" in message
            return f"{option} stands alone, without a value." if takes_none else f"After {option} something is missing."
        case "BadParameter":
            return f"{_name(error)} {_range(getattr(error, 'param', None)) or 'is not right'}."
    unknown = re.fullmatch(r"No such command '(.*)'\.?", message, re.DOTALL)
    if unknown:
        return f"There is no command {command} {unknown[1]}."
    extra = re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", message, re.DOTALL)
    return f"What is meant by “{extra[1]}” is not clear." if extra else message


def _name(error: TyperException) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "Something"
    name: str = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar or parameter.name
    return name.strip("[]")


def _range(parameter: Any) -> str:
    """What a parameter may be; empty where there is no short way to say it."""
    kind = parameter.type_descriptor.annotation if parameter is not None else None
    if isinstance(kind, type) and issubclass(kind, Enum):
        *others, last = [str(one.value) for one in kind]
        return f"is {', '.join(others)} or {last}"
    if kind in (int, float):
        number = "a whole number" if kind is int else "a number"
        bounded = parameter.min is not None and parameter.max is not None
        return f"is {number} from {parameter.min} to {parameter.max}" if bounded else f"is {number}"
    return ""
