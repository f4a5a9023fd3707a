from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.sealed.faults import Damaged
from presswork.protocols.sealed.header import CHUNK_SIZE
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE, Layout


@given(st.integers(41, 2000), st.integers(0, 10 * CHUNK_SIZE))
def test_the_chunks_of_any_document_cover_it_without_gap(header_size: int, document_size: int) -> None:
    chunks = max(1, -(-document_size // CHUNK_SIZE))
    layout = Layout(header_size, header_size + document_size + chunks * TAG_SIZE)
    assert (layout.chunks, layout.document_size) == (chunks, document_size)
    spans = [layout.span(index) for index in range(chunks)]
    assert spans[0][0] == header_size
    assert all(start + size == after for (start, size), (after, _) in itertools.pairwise(spans))
    assert sum(spans[-1]) == layout.sealed_size
    assert [layout.is_last(index) for index in range(chunks)] == [False] * (chunks - 1) + [True]
    if document_size:
        assert layout.index_of(document_size - 1) == chunks - 1


@pytest.mark.parametrize(
    "size", [0, 1, TAG_SIZE - 1, SEALED_CHUNK + 1, SEALED_CHUNK + TAG_SIZE - 1, SEALED_CHUNK + TAG_SIZE]
)
def test_a_size_that_no_document_has_is_damage(size: int) -> None:
    with pytest.raises(Damaged):
        Layout(41, 41 + size)


@pytest.mark.parametrize("index", [-1, 2])
def test_there_is_no_chunk_beside_the_document(index: int) -> None:
    with pytest.raises(IndexError):
        Layout(41, 41 + 2 * SEALED_CHUNK).span(index)
