"""Lines of the line printer daemon protocol, there and back."""

from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.protocols.lpd import Code, Command, Subcode, Subcommand, is_accepted, is_queue_name

BAD_WORDS = ["", "two words", "a\nb", "a\rb", "a\x00b", "größe", "x" * 256]


@pytest.mark.parametrize("code", Code)
def test_a_command_there_and_back(code: Code) -> None:
    command = Command(code, "office", ("anna", "12"))
    assert Command.parse(command.encode().removesuffix(b"\n")) == command


def test_a_file_beyond_four_gigabytes() -> None:
    subcommand = Subcommand(Subcode.DATA_FILE, 5 * 2**30, "dfA001pc")
    assert subcommand.encode() == b"\x035368709120 dfA001pc\n"
    assert Subcommand.parse(subcommand.encode()[:-1]) == subcommand


@pytest.mark.parametrize("word", BAD_WORDS)
def test_what_is_no_word_is_never_written(word: str) -> None:
    with pytest.raises(Invalid):
        Command(Code.RECEIVE_JOB, word).encode()
    with pytest.raises(Invalid):
        Command(Code.REMOVE_JOBS, "office", (word,)).encode()
    with pytest.raises(Invalid):
        Subcommand(Subcode.CONTROL_FILE, 1, word).encode()
    assert not is_queue_name(word)


def test_a_line_is_bounded() -> None:
    with pytest.raises(Invalid, match="too long"):
        Command(Code.REMOVE_JOBS, "office", ("x" * 200,) * 6).encode()


@pytest.mark.parametrize("size", [-1, 10**19])
def test_a_size_that_is_none_is_never_written(size: int) -> None:
    with pytest.raises(Invalid):
        Subcommand(Subcode.DATA_FILE, size, "dfA001pc").encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x02",
        b"\x02 ",
        b"\x06office",
        b"\x00office",
        b"\x02gr\xc3\xb6\xc3\x9fe",
        b"\x02a\x07b",
        b"\x05q" + b" 1" * 70,
    ],
)
def test_what_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(Invalid):
        Command.parse(line)


@pytest.mark.parametrize(
    "line", [b"", b"\x02", b"\x0212", b"\x02-1 cfA001pc", b"\x03x dfA001pc", b"\x041 a", b"\x03" + b"9" * 20 + b" d"]
)
def test_what_is_no_subcommand_is_refused(line: bytes) -> None:
    with pytest.raises(Invalid):
        Subcommand.parse(line)


def test_only_zero_says_yes() -> None:
    assert [is_accepted(bytes((octet,))) for octet in range(3)] == [True, False, False]
    assert not is_accepted(b"")
