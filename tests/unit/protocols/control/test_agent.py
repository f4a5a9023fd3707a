"""Server and agent: messages there and back, and what an old or a hostile peer may send."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from presswork.protocols.control.agent import (
    REPORTS_AT_ONCE,
    DesiredState,
    EnrolRequest,
    Hello,
    SyncReply,
    SyncRequest,
    Wake,
)
from presswork.protocols.control.words import JobReport
from unit.protocols.control import words as some

HELLO = Hello(version="0.1.0", computer_name="desk", platform="linux")
hellos = st.builds(
    Hello,
    protocol=st.integers(1, 9),
    capabilities=st.frozensets(some.lines, max_size=3),
    version=some.lines,
    computer_name=some.lines,
    platform=some.lines,
)
requests = st.builds(
    SyncRequest,
    hello=hellos,
    revision=some.lines,
    reports=st.lists(some.reports, max_size=2).map(tuple),
    printers=st.lists(some.printer_reports, max_size=2).map(tuple),
    answers=st.lists(some.answers, max_size=2).map(tuple),
)
desired_states = st.builds(
    DesiredState,
    revision=some.lines,
    computer_name=some.lines,
    queues=st.lists(some.queues, max_size=2).map(tuple),
    printers=st.lists(some.printers, max_size=2).map(tuple),
    accounts=st.just(()),
    hold_hours=st.integers(1, 1000),
)
replies = st.builds(
    SyncReply,
    server_time=some.moments,
    desired=st.none() | desired_states,
    orders=st.lists(some.orders, max_size=2).map(tuple),
)


@given(requests)
def test_a_sync_arrives_as_it_was_sent(request: SyncRequest) -> None:
    assert SyncRequest.model_validate_json(request.model_dump_json()) == request


@given(replies)
def test_a_reply_arrives_as_it_was_sent(reply: SyncReply) -> None:
    assert SyncReply.model_validate_json(reply.model_dump_json()) == reply


def test_an_agent_with_nothing_to_say_says_only_hello() -> None:
    bare = {"hello": {"version": "0.0.9", "computer_name": "desk", "platform": "linux"}}
    assert SyncRequest.model_validate_json(json.dumps(bare)) == SyncRequest(
        hello=Hello(version="0.0.9", computer_name="desk", platform="linux")
    )


@given(some.reports)
def test_reports_come_in_bounded_numbers(report: JobReport) -> None:
    with pytest.raises(ValidationError):
        SyncRequest(hello=HELLO, reports=(report,) * (REPORTS_AT_ONCE + 1))


def test_a_certificate_request_is_bounded() -> None:
    with pytest.raises(ValidationError):
        EnrolRequest(code="x", certificate_request="a" * 8193, hello=HELLO)


@pytest.mark.parametrize("seconds", [0, 3601])
def test_the_server_cannot_make_an_agent_storm_or_sleep(seconds: int) -> None:
    reply = {"server_time": "2026-11-23T00:00:00Z", "sync_after": seconds}
    with pytest.raises(ValidationError):
        SyncReply.model_validate_json(json.dumps(reply))


def test_a_wake_is_only_a_wake() -> None:
    assert Wake.model_validate_json('{"kind": "wake", "why": "jobs"}') == Wake()
    with pytest.raises(ValidationError):
        Wake.model_validate_json('{"kind": "run"}')


def test_the_words_of_one_message_are_not_shared() -> None:
    one, other = SyncRequest(hello=HELLO), SyncRequest(hello=HELLO, revision=str(UUID(int=1)))
    assert one != other


@pytest.mark.parametrize("hours", [0, 10**6, 10**18])
def test_a_time_nobody_can_mean_is_refused(hours: int) -> None:
    state = {
        "revision": "1",
        "computer_name": "desk",
        "queues": (),
        "printers": (),
        "accounts": (),
        "hold_hours": hours,
    }
    with pytest.raises(ValidationError):
        DesiredState.model_validate(state)
