"""Tunnels: messages there and back, and their bounds."""

from __future__ import annotations

from uuid import UUID

import pytest
from pydantic import ValidationError

from presswork.protocols.control.tunnel import PIECE, WINDOW, TunnelCall, TunnelOpen, TunnelReady, TunnelTaken


@pytest.mark.parametrize(
    "message",
    [
        TunnelOpen(),
        TunnelOpen(ticket="t" * 16384),
        TunnelReady(),
        TunnelTaken(octets=2**53),
        TunnelCall(ticket_id=UUID(int=1)),
    ],
)
def test_a_message_arrives_as_it_was_sent(message: TunnelOpen | TunnelReady | TunnelTaken | TunnelCall) -> None:
    assert type(message).model_validate_json(message.model_dump_json()) == message


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (TunnelOpen, '{"message": "ready"}'),
        (TunnelOpen, '{"message": "open", "ticket": "%s"}' % ("t" * 16385)),
        (TunnelTaken, '{"message": "taken"}'),
        (TunnelTaken, '{"message": "taken", "octets": -1}'),
        (TunnelTaken, '{"message": "taken", "octets": 9007199254740993}'),
        (TunnelReady, "7"),
    ],
)
def test_what_is_none_is_refused(kind: type[TunnelOpen | TunnelReady | TunnelTaken], text: str) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate_json(text)


def test_several_pieces_are_on_their_way_at_once() -> None:
    assert 4 * PIECE <= WINDOW
