"""Messages of a transfer: additive, bounded, and no text of others with control characters in it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from presswork.core.errors import Invalid
from presswork.protocols.relay.messages import (
    FROM_HOLDER,
    FROM_RECEIVER,
    At,
    Ended,
    Go,
    Hello,
    KeyOf,
    decode,
    header_text,
)
from presswork.protocols.sealed.header import FIXED_SIZE


def test_a_message_is_read_as_it_was_written() -> None:
    go = Go(keys=(KeyOf(number=1, key=base64.b64encode(bytes(32)).decode()),))
    assert decode(go.model_dump_json().encode(), FROM_HOLDER) == go
    assert go.keys[0].key not in repr(go)


def test_fields_and_messages_of_tomorrow_are_passed_over() -> None:
    assert decode(b'{"message": "hello", "colour": "red"}', FROM_RECEIVER) == Hello()
    assert decode(b'{"message": "of-tomorrow"}', FROM_HOLDER) is None


def test_only_the_other_end_says_what_is_its_to_say() -> None:
    assert decode(At(number=1, chunk=0).model_dump_json().encode(), FROM_HOLDER) is None


@pytest.mark.parametrize(
    "said",
    [
        {"message": "at", "number": 0, "chunk": 0},
        {"message": "at", "number": 1, "chunk": 2**32 + 1},
        {"message": "ended", "outcome": "perhaps", "event": "printed"},
        {"message": "ended", "outcome": "printed", "event": "printed", "text": "a\nb"},
        {"message": "ended", "outcome": "printed", "event": "printed", "values": {str(n): "" for n in range(17)}},
        {"message": "progress", "octets": -1},
        {"message": "declined", "refusal": "because"},
        {"no": "message"},
        [],
    ],
)
def test_what_is_wrong_is_refused(said: Any) -> None:
    import json

    with pytest.raises(Invalid):
        decode(json.dumps(said).encode(), FROM_RECEIVER)


@pytest.mark.parametrize(
    "key", ["", "A" * 44, base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(33)).decode()]
)
def test_a_key_has_thirty_two_octets(key: str) -> None:
    with pytest.raises(Invalid):
        decode(b'{"message":"go","keys":[{"number":1,"key":"%b"}]}' % key.encode(), FROM_HOLDER)


def test_a_header_travels_as_one_length() -> None:
    assert len(header_text(bytes(FIXED_SIZE))) == 56


def test_an_end_names_its_event_by_its_stable_code() -> None:
    end = decode(
        b'{"message":"ended","outcome":"handed-over","event":"handed-to-queue","values":{"queue":"q"}}', FROM_RECEIVER
    )
    assert isinstance(end, Ended)
    assert end.values == {"queue": "q"}
