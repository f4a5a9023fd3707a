"""Raster documents as libcups writes them, and as somebody hostile does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswork.core.errors import Fault, Invalid, TooLarge, Unsupported
from presswork.protocols.raster import Colour, PageHeader, read_pwg, read_urf
from presswork.testing.raster import Picture, pwg, urf

READERS = {"pwg": (pwg, read_pwg), "urf": (urf, read_urf)}


@pytest.fixture(params=READERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def noise(width: int, height: int, octets: int) -> bytes:
    return random.Random(1).randbytes(width * height * octets)


def test_a_gray_page_comes_back_as_it_was_written(kind: str) -> None:
    write, read = READERS[kind]
    picture = Picture(64, 48, noise(64, 48, 1))
    (page,) = read(write([picture]))
    assert (page.header.width, page.header.height, page.header.colour) == (64, 48, Colour.GRAY)
    assert page.header.resolution == (100, 100)
    assert page.pixels() == picture.pixels


def test_pages_in_colour_with_runs_and_repeated_lines(kind: str) -> None:
    write, read = READERS[kind]
    line = b"\xff\xff\xff" * 300 + b"\x10\x20\x30" * 200 + noise(100, 1, 3)
    picture = Picture(600, 700, line * 300 + b"\xff\xff\xff" * 600 * 400, colour=True)
    pages = list(read(write([picture, picture])))
    assert len(pages) == 2
    assert [page.header.colour for page in pages] == [Colour.RGB, Colour.RGB]
    assert all(page.pixels() == picture.pixels for page in pages)


def test_walking_finds_the_same_pages_as_decoding(kind: str) -> None:
    write, read = READERS[kind]
    data = write([Picture(33, 20, noise(33, 20, 1))] * 5)
    assert len([page.header for page in read(data)]) == 5
    assert len([page.pixels() for page in read(data)]) == 5


def test_two_sides_are_seen(kind: str) -> None:
    write, read = READERS[kind]
    (page,) = read(write([Picture(8, 8, bytes(64), two_sided=True)]))
    assert page.header.two_sided


def test_the_rest_of_a_line_may_be_blank() -> None:
    # one line, repeated 8 times: two black pixels, then nothing more
    data = urf([Picture(8, 8, bytes(64))])[:44] + bytes((7, 1, 0, 128))
    (page,) = read_urf(data)
    assert page.pixels() == b"\0\0\xff\xff\xff\xff\xff\xff" * 8


def test_every_cut_is_refused(kind: str) -> None:
    write, read = READERS[kind]
    data = write([Picture(16, 4, noise(16, 4, 1))])
    first_page = 4 if kind == "pwg" else 12
    for length in range(len(data)):
        if length == first_page:
            assert list(read(data[:length])) == []
            continue
        with pytest.raises(Invalid):
            [page.pixels() for page in read(data[:length])]


def test_a_run_behind_the_end_of_its_line_is_refused() -> None:
    head = urf([Picture(8, 8, bytes(64))])[:44]
    with pytest.raises(Invalid, match="passes the end of its line"):
        [page.pixels() for page in read_urf(head + bytes((7, 8, 0)))]


def test_more_lines_than_the_page_has_are_refused() -> None:
    head = urf([Picture(8, 8, bytes(64))])[:44]
    with pytest.raises(Invalid, match="more lines"):
        [page.pixels() for page in read_urf(head + bytes((8, 7, 0)))]


def test_another_document_is_refused(kind: str) -> None:
    _, read = READERS[kind]
    with pytest.raises(Invalid, match="is not"):
        list(read(b"%PDF-1.7"))


def header(**changes: object) -> PageHeader:
    values: dict[str, object] = {
        "width": 10,
        "height": 10,
        "bits_per_pixel": 8,
        "line_size": 10,
        "colour": Colour.GRAY,
        "resolution": (0, 0),
        "copies": 1,
        "two_sided": False,
    }
    return PageHeader(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"bits_per_pixel": 16, "line_size": 20}, Unsupported),
        ({"colour": Colour.RGB}, Unsupported),
        ({"line_size": 11}, Unsupported),
        ({"width": 0, "line_size": 0}, TooLarge),
        ({"height": 2**32 - 1}, TooLarge),
        ({"width": 90_000, "line_size": 90_000, "height": 90_000}, TooLarge),
    ],
)
def test_pages_that_are_not_honest_are_refused(changes: dict[str, object], fault: type[Fault]) -> None:
    with pytest.raises(fault):
        header(**changes).check()


def test_one_bit_pages_are_read() -> None:
    header(bits_per_pixel=1, line_size=2, colour=Colour.BLACK).check()


@settings(max_examples=200)
@given(position=st.integers(0, 1900), octet=st.integers(0, 255), kind=st.sampled_from(sorted(READERS)))
def test_damage_ends_in_pages_or_a_fault(position: int, octet: int, kind: str) -> None:
    write, read = READERS[kind]
    data = bytearray(write([Picture(16, 4, noise(16, 4, 1))]))
    data[position % len(data)] = octet
    try:
        pages = [page.pixels() for page in read(bytes(data))]
    except Fault:
        return
    assert len(pages) >= 1
