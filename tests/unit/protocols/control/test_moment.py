"""Times of others: in UTC, with their offset said, and of years one can calculate with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from presswork.protocols.control.moment import Moment

MOMENTS: TypeAdapter[datetime] = TypeAdapter(Moment)


@pytest.mark.parametrize("text", ["2026-11-23T08:00:00Z", "2026-11-23T09:00:00+01:00", "2026-11-22T18:00:00-14:00"])
def test_a_moment_is_kept_in_utc(text: str) -> None:
    moment = MOMENTS.validate_json(f'"{text}"')
    assert moment == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T08:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9500-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
    ],
)
def test_what_cannot_be_calculated_with_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        MOMENTS.validate_json(f'"{text}"')
