"""Forms are read within bounds and shown again without secrets."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from presswork.core.errors import Conflict, Invalid, TooLarge
from presswork.server.fronts.web.forms import FIELDS, LIMIT, read_form, shown_again


def request(*chunks: bytes, kind: bytes = b"application/x-www-form-urlencoded") -> Request:
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}, receive)


async def test_fields_are_read_whatever_the_pieces() -> None:
    assert await read_form(request(b"a=1&b=%C3", b"%A9+x&a=2&empty=")) == {"a": "2", "b": "é x", "empty": ""}
    assert await read_form(request(b"a=1", kind=b"application/x-www-form-urlencoded; charset=UTF-8")) == {"a": "1"}
    assert await read_form(request()) == {}


@pytest.mark.parametrize("body", [b"a=%FF", b"a=\xff", b"&".join(b"a=1" for _ in range(FIELDS + 1))])
async def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        await read_form(request(body))


@pytest.mark.parametrize("kind", [b"multipart/form-data; boundary=x", b"application/json", b"text/plain", b""])
async def test_other_kinds_of_bodies_are_refused(kind: bytes) -> None:
    with pytest.raises(Invalid):
        await read_form(request(b"a=1", kind=kind))


async def test_a_long_form_is_refused() -> None:
    with pytest.raises(TooLarge):
        await read_form(request(b"a=" + b"x" * (LIMIT // 2), b"x" * LIMIT))


def test_a_fault_stands_beside_its_field_and_secrets_are_not_sent_back() -> None:
    values = {"name": "Kitchen", "password": "secret", "current": "secret", "form_token": "x"}
    beside = shown_again(values, Conflict("Taken.", field="name"), frozenset({"name"}))
    assert (beside.values, beside.wrong, beside.sentence) == ({"name": "Kitchen"}, {"name": "Taken."}, "")
    above = shown_again(values, Conflict("Taken.", field="other"), frozenset({"name"}))
    assert (above.wrong, above.sentence) == ({}, "Taken.")
