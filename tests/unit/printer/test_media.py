"""Self-describing media names (PWG 5101.1)."""

from __future__ import annotations

import pytest

from presswork.printer.media import SIZES, Size, media_col, size_of


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("iso_a4_210x297mm", Size(21000, 29700)),
        ("na_letter_8.5x11in", Size(21590, 27940)),
        ("na_index-4x6_4x6in", Size(10160, 15240)),
        ("na_number-10_4.125x9.5in", Size(10478, 24130)),
        ("om_small-photo_100x150mm", Size(10000, 15000)),
    ],
)
def test_a_name_tells_its_size(name: str, size: Size) -> None:
    assert size_of(name) == size


@pytest.mark.parametrize(
    "name", ["", "a4", "iso_a4_210x297", "iso_a4_210x297cm", "iso_a4_axbmm", "../x_1x2mm", "iso_a4_210x297mm\n"]
)
def test_another_name_tells_none(name: str) -> None:
    assert size_of(name) is None


def test_every_size_offered_is_a_name_that_tells() -> None:
    assert all(size_of(name) is not None for name in SIZES)
    assert len(set(SIZES)) == len(SIZES)


def test_media_col_of_a_name_that_tells_nothing() -> None:
    with pytest.raises(ValueError, match="not a self-describing"):
        media_col("a4")
