from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.sealed.faults import NotSealed
from presswork.protocols.sealed.header import FIXED_SIZE, MAX_HEADER, Header, Recipient, Wrap

RECIPIENTS = st.builds(
    Recipient,
    algorithm=st.integers(0, 255),
    name=st.binary(max_size=255),
    wrapped_key=st.binary(max_size=300),
)
HEADERS = st.builds(
    Header,
    document_id=st.uuids(),
    nonce_prefix=st.binary(min_size=7, max_size=7),
    recipients=st.lists(RECIPIENTS, max_size=16).map(tuple),
)
PLAIN = Header(UUID(int=1), bytes(7), (Recipient(Wrap.AES_256_KEY_WRAP, b"ours", bytes(40)),))


@given(HEADERS, st.binary(max_size=50))
def test_what_is_written_is_read_whatever_follows(header: Header, rest: bytes) -> None:
    encoded = header.encode()
    assert Header.parse(encoded + rest) == (header, len(encoded))
    assert len(encoded) <= MAX_HEADER


def test_every_beginning_asks_for_more() -> None:
    encoded = PLAIN.encode()
    for end in range(len(encoded)):
        assert Header.parse(encoded[:end]) is None


def test_the_chunks_are_not_bound_to_the_recipients() -> None:
    assert PLAIN.digest == Header(UUID(int=1), bytes(7)).digest
    assert PLAIN.digest != Header(UUID(int=2), bytes(7)).digest


@pytest.mark.parametrize(
    ("offset", "value"),
    [(0, 0), (7, 0), (8, 2), (9, 0), (13, 1), (37, 1), (39, 255), (FIXED_SIZE, 17)],
    ids=["magic", "magic's end", "version", "suite", "chunk size", "reserved", "reserved's end", "recipients"],
)
def test_a_field_that_is_not_ours_is_refused(offset: int, value: int) -> None:
    encoded = bytearray(PLAIN.encode())
    encoded[offset] = value
    with pytest.raises(NotSealed):
        Header.parse(bytes(encoded))


def test_other_octets_are_refused_at_the_first() -> None:
    with pytest.raises(NotSealed):
        Header.parse(b"%")


def test_a_wrapped_key_longer_than_the_format_allows_is_refused_before_it_arrives() -> None:
    encoded = PLAIN.fixed + bytes((1, 2, 0)) + (4097).to_bytes(2, "big")
    with pytest.raises(NotSealed):
        Header.parse(encoded)


@pytest.mark.parametrize(
    "fields",
    [
        {"nonce_prefix": bytes(8)},
        {"chunk_size": 1024},
        {"recipients": (PLAIN.recipients[0],) * 17},
        {"recipients": (Recipient(1, bytes(256), b""),)},
        {"recipients": (Recipient(1, b"", bytes(4097)),)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_header_that_no_reader_takes_is_not_made(fields: dict[str, object]) -> None:
    with pytest.raises(NotSealed):
        Header(**({"document_id": UUID(int=1), "nonce_prefix": bytes(7)} | fields))  # type: ignore[arg-type]


@given(st.binary(max_size=400))
def test_any_octets_are_a_header_or_a_fault(data: bytes) -> None:
    try:
        Header.parse(PLAIN.fixed[: len(data) // 2] + data)
    except NotSealed as fault:
        assert fault.sentence  # noqa: PT017 - the only exception there may be
