"""Client and agent on 21338: named operations with typed arguments."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from presswork.protocols.control import client
from presswork.protocols.control.client import REPLY, REQUEST, JobView, Refused, Submit
from unit.protocols.control import words as some

OPERATIONS = {
    *("status", "sign-in", "printers", "queues", "jobs", "job", "submit", "release", "delete", "watch"),
    "explain-route",
}
FORBIDDEN_WORDS = {"path", "file", "setting", "driver", "command", "url", "uri", "account", "user"}

requests = st.one_of(
    st.builds(client.Status),
    st.builds(client.SignIn),
    st.builds(client.ListPrinters),
    st.builds(client.ListQueues),
    st.builds(client.ListJobs, ended=st.booleans(), limit=st.integers(1, 1000)),
    st.builds(client.GetJob, job=some.lines),
    st.builds(Submit, queue=some.queue_names, name=some.lines, document_format=some.lines, copies=st.integers(1, 999)),
    st.builds(client.Release, job=some.lines, printer=some.lines),
    st.builds(client.Delete, job=some.lines),
    st.builds(client.Watch, job=some.lines, seconds=st.integers(1, 3600)),
    st.builds(client.ExplainRoute, job=some.lines),
)
replies = st.one_of(
    st.builds(Refused, code=some.lines, sentence=some.lines),
    st.builds(JobView, job=some.reports, queue=some.lines, timeline=st.lists(some.entries, max_size=3).map(tuple)),
    st.builds(client.QueuesReply, queues=st.lists(some.queues, max_size=2).map(tuple)),
)


@given(requests)
def test_a_request_arrives_as_it_was_sent(request: BaseModel) -> None:
    assert REQUEST.validate_json(request.model_dump_json()) == request


@given(replies)
def test_a_reply_arrives_as_it_was_sent(reply: BaseModel) -> None:
    assert REPLY.validate_json(reply.model_dump_json()) == reply


def operations() -> dict[str, type[BaseModel]]:
    schema = REQUEST.json_schema()
    return {name: getattr(client, ref.rpartition("/")[2]) for name, ref in schema["discriminator"]["mapping"].items()}


def test_these_are_all_operations() -> None:
    assert set(operations()) == OPERATIONS


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_no_operation_takes_a_path_a_setting_or_an_account(operation: str) -> None:
    fields = operations()[operation].model_fields
    assert not {word for name in fields for word in name.split("_")} & FORBIDDEN_WORDS


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"op": "install-driver"},
        {"op": "release"},
        {"op": "release", "job": "1", "printer": "a\nb"},
        {"op": "submit", "queue": "../x", "name": "n", "document_format": "application/pdf"},
        {"op": "submit", "queue": "q", "name": "n", "document_format": "application/pdf", "copies": 0},
        {"op": "submit", "queue": "q", "name": "n", "document_format": "application/pdf", "sides": "three-sided"},
        {"op": "jobs", "limit": 1001},
        {"op": "watch", "job": "1", "seconds": 3601},
    ],
)
def test_what_is_not_a_request_is_refused(message: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        REQUEST.validate_json(json.dumps(message))


def test_an_account_in_a_request_changes_nothing() -> None:
    assert REQUEST.validate_json('{"op": "status", "account": "root"}') == client.Status()
