"""Forms: read within bounds, and shown again with what was wrong beside the field it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl

from starlette.requests import Request

from presswork.core.errors import Fault, Invalid, TooLarge

LIMIT = 64 * 1024
"""Largest form, in octets."""
FIELDS = 64
_SECRETS = frozenset({"password", "current", "new", "form_token"})


@dataclass(frozen=True, slots=True)
class Form:
    """What a form holds when it is shown: ``values`` by field, ``wrong`` sentences by field, ``sentence`` for the whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""


EMPTY = Form(MappingProxyType({}), MappingProxyType({}))


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a POST (``application/x-www-form-urlencoded``, UTF-8); of a name given twice the last counts."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Invalid("This page takes its own form only. Go back and send the form again.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise TooLarge("What you typed is longer than this page takes. Shorten it and send it again.")
    try:
        pairs = parse_qsl(bytes(body).decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError:
        raise Invalid("The form did not arrive as it should. Go back, load the page again and try once more.") from None
    return dict(pairs)


def shown_again(values: Mapping[str, str], fault: Fault, fields: frozenset[str]) -> Form:
    """The form as it was sent, without secrets, with the fault beside the field it names, or above if that is not shown."""
    kept = {name: value for name, value in values.items() if name not in _SECRETS}
    name = fault.details.get("field", "")
    if name in fields:
        return Form(kept, {name: fault.sentence})
    return Form(kept, {}, fault.sentence)
