"""A point of time as messages carry it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

_FIRST, _LAST = 1970, 9000


def _in_utc(moment: datetime) -> datetime:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if not _FIRST <= moment.year <= _LAST:
        msg = f"a time must be between the years {_FIRST} and {_LAST}"
        raise ValueError(msg)
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""RFC 3339 with its offset, kept in UTC; of years one can calculate with, whatever zone and day are added or taken away."""
