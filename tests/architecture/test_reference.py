"""The reference says all that another team needs to write a peer: no word of the wire is missing there."""

from __future__ import annotations

import importlib
import inspect
import re
from types import ModuleType
from typing import get_args

import pytest

from architecture.source import PACKAGE, ROOT
from architecture.test_docs import code, rows
from presswork.agent.relay import admission, records
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.incoming import TOGETHER
from presswork.net import relay_channel
from presswork.protocols.control import tunnel
from presswork.protocols.control.base import Word
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.held import HeldDocument, HeldJob
from presswork.protocols.control.timeline import SENTENCES, JobEvent, TimelineEntry
from presswork.protocols.control.words import Outcome, OwnerProof, PrinterSpec
from presswork.protocols.relay import framing, messages
from presswork.protocols.relay.ends import ENDS, REFUSALS, STAGED
from presswork.protocols.relay.states import HOLDER_SAYS, RECEIVER_SAYS, Stage
from presswork.protocols.sealed.header import CHUNK_SIZE
from presswork.protocols.ticket import Ticket, TicketKind

REFERENCE = ROOT / "docs" / "reference"
AT_RECEIVERS = ("delivery", "redirector", "relay", "site")


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def codes(text: str) -> set[str]:
    """All that stands in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def words_of(module: ModuleType) -> list[type[Word]]:
    found: list[type] = [one for _, one in inspect.getmembers(module, inspect.isclass)]
    return [one for one in found if one.__module__ == module.__name__ and issubclass(one, Word)]


WORDS = [
    *((one, "relay") for one in (*words_of(messages), HeldJob, HeldDocument, TimelineEntry)),
    *((one, "tickets") for one in (Ticket, PrinterSpec, SnmpSpec)),
    *((one, "tunnel") for one in words_of(tunnel) if "message" in one.model_fields),
]


@pytest.mark.parametrize(("word", "name"), WORDS, ids=lambda one: getattr(one, "__name__", one))
def test_every_member_is_there(word: type[Word], name: str) -> None:
    told = codes(page(name))
    assert not [field for field in word.model_fields if field not in told]
    message = word.model_fields.get("message")
    assert message is None or message.default in told


def test_every_member_of_a_message_stands_with_it() -> None:
    named, table = set[str](), dict[str, set[str]]()
    for row in rows(section(page("relay"), "Messages"), 4)[1:]:
        named = codes(row[0]) or named
        for message in named:
            table.setdefault(message, set()).update(codes(row[1]))
    for word in words_of(messages):
        if "message" in word.model_fields:
            assert table[word.model_fields["message"].default] == set(word.model_fields) - {"message"}


def test_every_choice_is_there() -> None:
    told = codes(page("relay"))
    assert not {*get_args(Outcome), *get_args(OwnerProof), *get_args(messages.Refusal)} - told
    assert not {one.value for one in TicketKind} - codes(page("tickets"))
    refusals = {code(row[0]) for row in rows(section(page("relay"), "Messages"), 3)}
    assert set(get_args(messages.Refusal)) <= refusals


def test_the_states_are_those_of_the_code() -> None:
    step = re.compile(r"(?:`([\w-]+)`|(chunk)) → ([A-Z]+)")
    table = {
        row[0]: tuple({a or b: then for a, b, then in step.findall(cell)} for cell in row[1:])
        for row in rows(section(page("relay"), "States"), 3)[1:]
    }
    wanted = {
        stage.name: tuple(
            {name: then.name for name, then in says[stage].items()} for says in (HOLDER_SAYS, RECEIVER_SAYS)
        )
        for stage in Stage
    }
    assert table == wanted


def events() -> dict[str, tuple[set[str], set[str]]]:
    """By event: in which messages it travels, and with which values."""
    table = {}
    for row in rows(section(page("relay"), "Events"), 4)[1:]:
        for event in codes(row[0]):
            assert event not in table
            table[event] = (codes(row[1]), codes(row[2]))
    return table


def test_every_event_is_there_with_its_values() -> None:
    table = events()
    assert set(table) == {event.value for event in JobEvent}
    for event, sentence in SENTENCES.items():
        travels, values = table[event.value]
        needed = set(re.findall(r"\{(\w+)\}", sentence))
        assert needed <= values | ({"printer"} if travels & {"declined", "ended"} else set()), event


def test_events_travel_in_the_messages_that_the_page_names() -> None:
    table = events()
    declined, ended = set[str](), set[str]()
    for folder in AT_RECEIVERS:
        for path in (PACKAGE / "agent" / folder).glob("*.py"):
            text = path.read_text("utf-8")
            declined |= set(re.findall(r"\b(?:NotNow|NotTaken)\(JobEvent\.(\w+)", text))
            ended |= set(re.findall(r"\bEnd(?:\.unknown)?\((?:Outcome\.\w+, )?JobEvent\.(\w+)", text))
    assert declined
    assert {"PRINTED", "BROKEN_OFF", "MOVING"} <= ended
    assert not [one for one in declined if "declined" not in table[JobEvent[one].value][0]]
    assert not [one for one in ended if "ended" not in table[JobEvent[one].value][0]]


def test_events_are_believed_where_the_page_has_them() -> None:
    said = {event: {"ended", outcome} for outcome, fitting in ENDS.items() for event in fitting}
    said |= {event: {"declined", refusal} for refusal, fitting in REFUSALS.items() for event in fitting}
    said |= {event: {"ended", "handed-over", "hold", "held"} for event in STAGED}
    assert said == {
        JobEvent(event): travels for event, (travels, _) in events().items() if travels & {"declined", "ended"}
    }


def test_every_reason_of_a_refusal_is_there() -> None:
    reasons = set[str]()
    modules = [*(PACKAGE / "agent" / "relay").glob("*.py"), *(PACKAGE / "protocols" / "ticket").glob("*.py")]
    for path in (*modules, PACKAGE / "agent" / "redirector" / "outward.py"):
        reasons |= set(re.findall(r'\breason="([a-z-]+)"', path.read_text("utf-8")))
    assert {"used", "another-printer", "not-for-tickets"} <= reasons
    assert not reasons - codes(page("tickets")) - codes(section(page("relay"), "Connection"))


def number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else str(value)


def test_every_limit_is_there() -> None:
    text = page("relay")
    by_default = RelayDeadlines()
    limits = {row[0]: row[1] for row in rows(section(text, "Deadlines and limits"), 2)}
    kinds = {code(row[0]): row[2] for row in rows(section(text, "Connection"), 3)}
    assert kinds["J"] == number(framing.JSON_LIMIT)
    assert kinds["C"] == number(framing.CHUNK_LIMIT)
    stands = {
        "a TCP connection": f"{number(by_default.connect)} s",
        "TLS, ": f"{number(by_default.handshake)} s together",
        "a sign of life": f"after {number(by_default.alive)} s",
        "silence": f"{number(by_default.silence)} s",
        "a message, until": f"{number(by_default.say)} s",
        "`ask-go`": f"within {number(by_default.decide)} s",
        "`go`": f"within {number(by_default.go)} s",
        "`pages`": f"within {number(by_default.pages)} s",
        "a holder that is away": f"{number(by_default.grace)} s",
        "between two tries": f"{number(by_default.first_retry)} s, twice as long each time, up to {number(by_default.slowest_retry)} s",
        "a receiver that has the job": f"{number(by_default.out_of_reach / 60)} min",
        "connections": f"{admission.CONNECTIONS}; {admission.PER_COMPUTER} of one computer; {admission.STRANGERS} that",
        "those that only wait": f"{admission.WAITING}; {admission.WAITING_EACH} of one computer",
        "after the first `taken`": f"{number(by_default.follow)} s; through the server {number(by_default.follow_by_tunnel)} s",
        "between two times it asks": f"{number(by_default.first_ask)} s, twice as long each time, up to {number(by_default.slowest_ask)} s",
        "until the receiver has said": f"{number(by_default.answer)} s; {number(by_default.end_follows)} s more",
        "messages and signs of life": f"{relay_channel.AT_ONCE} at once, then {relay_channel.A_SECOND} a second",
        "transfers remembered": number(records.MOST),
        "of a document in memory": f"two pieces of {TOGETHER * CHUNK_SIZE // 1024} KiB",
    }
    for beginning, value in stands.items():
        (row,) = [limits[one] for one in limits if one.startswith(beginning)]
        assert value in row, beginning
    assert by_default.progress == 1 / 4, "progress: looked at four times a second"


def test_the_limits_of_tunnels_are_there() -> None:
    server = importlib.import_module("presswork.server.fronts.control.tunnel")
    text = page("tunnel")
    limits = {row[0]: row[1] for row in rows(text, 3)}
    assert f"{number(tunnel.PIECE)}" in text
    assert f"{number(tunnel.WINDOW)} octets" in text
    seconds = {
        "until `open`": server.OPEN,
        "until the receiver": server.CALL,
        "an end takes": server.STALL,
        "nothing passes": server.IDLE,
    }
    for beginning, value in seconds.items():
        assert next(limits[one] for one in limits if one.startswith(beginning)).startswith(f"{number(value)} s")
    ends = {"computer": server.MOST_OF_COMPUTER, "tenant": server.MOST_OF_TENANT}
    for whose, most in ends.items():
        assert limits[f"ends of one {whose} at once"].startswith(number(most))
    assert limits["ends at once"] == number(server.MOST)


def test_no_page_of_the_wire_sends_its_reader_to_the_code_for_a_table() -> None:
    for name in ("relay", "tickets", "tunnel", "sealed"):
        assert not re.search(r"full (table|list) is", page(name)), name
