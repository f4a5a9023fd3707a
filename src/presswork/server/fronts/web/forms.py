"""Forms: read within bounds, and shown again with what was wrong beside the field it concerns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
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


_PLAIN, _WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"
_NOT_A_FORM = Invalid("The form did not arrive as it should. Go back, load the page again and try once more.")
EMPTY = Form(MappingProxyType({}), MappingProxyType({}))


async def read_form(request: Request, limit: int = LIMIT) -> dict[str, str]:
    """The fields of a POST of at most ``limit`` octets, UTF-8; of a name given twice the last counts.

    It is ``application/x-www-form-urlencoded``, or with a file ``multipart/form-data`` (RFC 7578): the file's field is its text.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {_PLAIN, _WITH_FILE}:
        raise Invalid("This page takes its own form only. Go back and send the form again.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge("What you sent is longer than this page takes. Shorten it and send it again.")
    if kind == _WITH_FILE:
        return await _fields_and_file(request, bytes(body))
    try:
        pairs = parse_qsl(bytes(body).decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError:
        raise _NOT_A_FORM from None
    return dict(pairs)


async def _fields_and_file(request: Request, body: bytes) -> dict[str, str]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, stream(), max_files=1, max_fields=FIELDS, max_part_size=LIMIT)
    # In memory: it is no longer than the page takes.
    parser.spool_max_size = len(body) + 1
    try:
        form = await parser.parse()
    except MultiPartException:
        raise _NOT_A_FORM from None
    try:
        return {name: await _text(value) for name, value in form.items()}
    finally:
        await form.close()


async def _text(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    try:
        return (await value.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not text in UTF-8. Save it as “CSV UTF-8” and choose it again.") from None


def shown_again(values: Mapping[str, str], fault: Fault, fields: frozenset[str]) -> Form:
    """The form as it was sent, without secrets, with the fault beside the field it names, or above if that is not shown."""
    kept = {name: value for name, value in values.items() if name not in _SECRETS}
    name = fault.details.get("field", "")
    if name in fields:
        return Form(kept, {name: fault.sentence})
    return Form(kept, {}, fault.sentence)
