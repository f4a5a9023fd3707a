"""Replies: encoded piece by piece, and the same as the whole message encoded."""

from __future__ import annotations

import pytest

from presswork.printer.reply import Encoded, Reply
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Keyword, OutOfBand, Tag

JOB = (Attribute.of("job-id", 7), Attribute.of("job-state-reasons", Keyword("none")))
UNKNOWN = (Attribute.of("x-unknown", OutOfBand.UNSUPPORTED),)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(),
        Reply(Status.CLIENT_ERROR_NOT_FOUND, status_message="There is no such job here."),
        Reply.of(Tag.JOB, JOB, unsupported=UNKNOWN),
        Reply.of(Tag.PRINTER, Encoded.of(JOB), (), JOB[:1], Encoded.of(())),
        Reply(groups=((Tag.JOB, (JOB,)), (Tag.JOB, (Encoded.of(JOB),)))),
    ],
)
def test_both_ways_are_the_same(reply: Reply) -> None:
    message = reply.message((2, 0), 5)
    assert reply.encode((2, 0), 5) == encode(message)
    assert parse(reply.encode((2, 0), 5)) == (message, b"")


def test_what_is_unsupported_shows_in_the_status() -> None:
    assert Reply.of(Tag.JOB, JOB).status == Status.SUCCESSFUL_OK
    unsupported = Reply.of(Tag.JOB, JOB, unsupported=UNKNOWN)
    assert unsupported.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


def test_a_long_sentence_is_cut_between_characters() -> None:
    reply = Reply(Status.CLIENT_ERROR_BAD_REQUEST, status_message="ä" * 1000)
    message = reply.message((1, 1), 1).groups[0].get("status-message")
    assert message is not None
    assert message.value == "ä" * 127
    assert parse(reply.encode((1, 1), 1))[0].groups[0].get("status-message") == message


def test_what_nobody_may_write_is_left_out_of_what_is_returned() -> None:
    reply = Reply.of(Tag.JOB, JOB, unsupported=(Attribute.of("x-ümlaut", OutOfBand.UNSUPPORTED), *UNKNOWN))
    assert parse(reply.encode((2, 0), 1))[0].group(Tag.UNSUPPORTED_GROUP).attributes == UNKNOWN
