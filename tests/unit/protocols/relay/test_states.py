"""Who may say what when: every row of the tables, and whole conversations at both ends at once."""

from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.protocols.relay.messages import FROM_HOLDER, FROM_RECEIVER
from presswork.protocols.relay.states import CHUNK, HOLDER_SAYS, RECEIVER_SAYS, Seat, Stage, Turns

WHOLE = "h:hello h:offer r:hello r:ask-go h:go r:at h:chunk r:progress r:says h:pages r:taken r:ended h:end-seen"
CONVERSATIONS = {
    "a whole transfer": (WHOLE, Stage.OVER),
    "declined": ("h:hello h:offer r:hello r:declined", Stage.OVER),
    "withdrawn": ("h:hello h:offer r:hello r:ask-go h:withdrawn", Stage.OVER),
    "goes on": ("h:hello h:offer r:hello r:at h:chunk r:ended h:end-seen", Stage.OVER),
    "asks for its end": ("h:hello h:offer r:hello r:ended h:end-seen", Stage.OVER),
    "the end crosses a chunk": ("h:hello h:offer r:hello r:at r:ended h:chunk h:end-seen", Stage.OVER),
    "the end crosses go": ("h:hello h:offer r:hello r:ask-go r:ended h:go h:end-seen", Stage.OVER),
    "cancel": ("h:hello h:cancel r:hello r:canceled", Stage.OVER),
    "commit": ("h:hello h:commit r:hello r:committed", Stage.OVER),
    "commit declined": ("h:hello h:commit r:hello r:declined", Stage.OVER),
}
WRONG = {
    "nobody greets": "h:offer",
    "greets twice": "h:hello h:hello",
    "a chunk before go": "h:hello h:offer h:chunk",
    "go that was not asked for": "h:hello h:offer r:hello h:go",
    "go twice": "h:hello h:offer r:hello r:ask-go h:go h:go",
    "asks twice": "h:hello h:offer r:hello r:ask-go r:ask-go",
    "offers twice": "h:hello h:offer h:offer",
    "an end of nothing": "h:hello r:hello r:ended",
    "declines what moves": "h:hello h:offer r:hello r:at r:declined",
    "more after the end": "h:hello h:offer r:hello r:ended r:progress",
    "anything after all": "h:hello h:offer r:hello r:declined h:pages",
    "the holder speaks as the receiver": "h:hello h:offer h:at",
    "a message nobody knows": "h:hello h:of-tomorrow",
}


def play(conversation: str) -> tuple[Stage, Stage]:
    """Both ends, without delay between them."""
    holder, receiver = Turns(Seat.HOLDER), Turns(Seat.RECEIVER)
    for line in conversation.split():
        who, _, name = line.partition(":")
        speaker, listener = (holder, receiver) if who == "h" else (receiver, holder)
        speaker.said(name)
        listener.heard(name)
    return holder.stage, receiver.stage


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_what_may_be_said_brings_both_ends_to_the_same_stage(name: str) -> None:
    conversation, stage = CONVERSATIONS[name]
    assert play(conversation) == (stage, stage)


@pytest.mark.parametrize("name", WRONG)
def test_what_may_not_be_said_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        play(WRONG[name])


@pytest.mark.parametrize(("table", "messages"), [(HOLDER_SAYS, FROM_HOLDER), (RECEIVER_SAYS, FROM_RECEIVER)])
def test_the_tables_know_every_message_and_no_other(table: dict[Stage, dict[str, Stage]], messages: object) -> None:
    schema = messages.json_schema()  # type: ignore[attr-defined]
    named = {name for row in table.values() for name in row} - {CHUNK}
    assert named | {"hello"} == set(schema["discriminator"]["mapping"])
    assert set(table) == set(Stage)
