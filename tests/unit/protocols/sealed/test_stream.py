from __future__ import annotations

import itertools
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswork.protocols.sealed.faults import Damaged, NotSealed
from presswork.protocols.sealed.header import CHUNK_SIZE, Header, Recipient
from presswork.protocols.sealed.layout import MAX_CHUNKS, SEALED_CHUNK, TAG_SIZE, Layout
from presswork.protocols.sealed.stream import Opener, Sealer, open_chunk

KEY = bytes(range(32))
HEADER = Header(UUID(int=7), b"nonces!", (Recipient(1, b"ours", bytes(40)),))
START = len(HEADER.encode())
SIZES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 2 * CHUNK_SIZE + 9]
LARGE = bytes(n % 251 for n in range(3 * CHUNK_SIZE + 100))


def seal(document: bytes, header: Header = HEADER, key: bytes = KEY) -> bytes:
    sealer = Sealer(header, key)
    return sealer.feed(document) + sealer.finish()


def unseal(sealed: bytes, key: bytes = KEY) -> bytes:
    opener = Opener(key)
    return opener.feed(sealed) + opener.finish()


def cut(data: bytes, at: list[int]) -> list[bytes]:
    borders = [0, *sorted(at), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(borders)]


@pytest.mark.parametrize("size", SIZES)
def test_a_document_comes_out_as_it_went_in(size: int) -> None:
    document = LARGE[:size]
    sealed = seal(document)
    assert unseal(sealed) == document
    assert Layout(START, len(sealed)).document_size == size


@settings(deadline=None)
@given(st.integers(0, len(LARGE)), st.data())
def test_it_does_not_matter_in_which_pieces_it_comes(size: int, data: st.DataObject) -> None:
    document = LARGE[:size]
    sealer, opener = Sealer(HEADER, KEY), Opener(KEY)
    borders = st.lists(st.integers(0, size), max_size=6)
    sealed = b"".join(sealer.feed(piece) for piece in cut(document, data.draw(borders))) + sealer.finish()
    assert sealed == seal(document)
    borders = st.lists(st.integers(0, len(sealed)), max_size=6)
    opened = b"".join(opener.feed(piece) for piece in cut(sealed, data.draw(borders))) + opener.finish()
    assert opened == document
    assert opener.header == HEADER


def test_octet_by_octet_is_as_good() -> None:
    sealed = seal(LARGE[:3000])
    opener = Opener(KEY)
    assert b"".join(opener.feed(sealed[n : n + 1]) for n in range(len(sealed))) + opener.finish() == LARGE[:3000]


@settings(deadline=None)
@given(st.sampled_from(SIZES), st.data())
def test_any_bit_that_is_flipped_behind_the_recipients_is_noticed(size: int, data: st.DataObject) -> None:
    sealed = bytearray(seal(LARGE[:size]))
    bit = data.draw(st.integers(START * 8, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Damaged):
        unseal(bytes(sealed))


def test_every_bit_of_the_fixed_header_counts() -> None:
    sealed = seal(b"a letter")
    for bit in range(40 * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((NotSealed, Damaged)):
            unseal(bytes(changed))


@pytest.mark.parametrize("chunks", [0, 1, 2, 3])
@pytest.mark.parametrize("more", [-1, 0, 1, TAG_SIZE])
def test_a_document_cut_at_or_beside_a_chunk_border_is_noticed(chunks: int, more: int) -> None:
    sealed = seal(LARGE)
    end = START + chunks * SEALED_CHUNK + more
    with pytest.raises((Damaged, NotSealed)):
        unseal(sealed[:end])


@pytest.mark.parametrize("size", SIZES)
def test_octets_behind_the_end_are_noticed(size: int) -> None:
    sealed = seal(LARGE[:size])
    for rest in (b"\0", bytes(TAG_SIZE), sealed[-TAG_SIZE:], sealed[START:]):
        with pytest.raises(Damaged):
            unseal(sealed + rest)


def test_chunks_in_another_order_twice_or_left_out_are_noticed() -> None:
    sealed = seal(LARGE)
    start, chunks = sealed[:START], [sealed[n : n + SEALED_CHUNK] for n in range(START, len(sealed), SEALED_CHUNK)]
    for order in ([1, 0, 2, 3], [0, 0, 1, 2, 3], [0, 2, 3], [0, 1, 2, 2, 3], [3], [0, 1, 2, 3, 3]):
        with pytest.raises(Damaged):
            unseal(start + b"".join(chunks[n] for n in order))


def test_a_chunk_of_another_document_under_the_same_key_is_noticed() -> None:
    other = seal(LARGE, Header(UUID(int=8), HEADER.nonce_prefix, HEADER.recipients))
    with pytest.raises(Damaged):
        unseal(seal(LARGE)[: START + SEALED_CHUNK] + other[START + SEALED_CHUNK :])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Damaged):
        unseal(seal(b"a letter"), bytes(32))


def test_new_recipients_leave_the_chunks_alone() -> None:
    sealed = seal(LARGE)
    handed_over = Header(HEADER.document_id, HEADER.nonce_prefix, (Recipient(2, b"somebody", bytes(1120)),))
    assert unseal(handed_over.encode() + sealed[START:]) == LARGE


def test_one_chunk_is_opened_out_of_the_middle() -> None:
    sealed = seal(LARGE)
    layout = Layout(START, len(sealed))
    for index in range(layout.chunks):
        offset, size = layout.span(index)
        chunk = open_chunk(HEADER, KEY, index, sealed[offset : offset + size], last=layout.is_last(index))
        assert chunk == LARGE[index * CHUNK_SIZE : (index + 1) * CHUNK_SIZE]
    first = sealed[START : START + SEALED_CHUNK]
    for index, last in ((1, False), (0, True), (MAX_CHUNKS, False)):
        with pytest.raises(Damaged):
            open_chunk(HEADER, KEY, index, first, last=last)


def test_a_document_has_no_empty_chunk_at_its_end() -> None:
    """Else the same document would have two sealings, one with an empty last chunk."""
    with pytest.raises(Damaged):
        open_chunk(HEADER, KEY, 1, bytes(TAG_SIZE), last=True)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, START + 60), st.booleans())
def test_any_octets_are_a_document_or_a_fault(data: bytes, keep: int, whole: bool) -> None:
    opener = Opener(KEY)
    try:
        opener.feed(seal(b"a letter")[:keep] + data)
        opener.finish()
    except (NotSealed, Damaged) as fault:
        assert fault.sentence  # noqa: PT017 - the only exceptions there may be
