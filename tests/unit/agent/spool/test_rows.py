from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from presswork.agent.spool.job import JobTicket
from presswork.agent.spool.rows import decode_job_ticket, encode_job_ticket, micros, moment
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, Enum, IntegerRange, Keyword


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_is_kept_to_the_microsecond(at: datetime) -> None:
    assert moment(micros(at)) == at


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert moment(micros(at)) == at


def test_a_ticket_is_kept_with_its_tags() -> None:
    ticket = JobTicket((
        Attribute.of("copies", 2),
        Attribute.of("sides", Keyword("two-sided-long-edge")),
        Attribute.of("print-quality", Enum(4)),
        Attribute.of("page-ranges", IntegerRange(1, 2), IntegerRange(5, 9)),
        Attribute.of("media-col", Collection((Attribute.of("media-type", Keyword("stationery")),))),
    ))  # fmt: skip
    kept = decode_job_ticket(encode_job_ticket(ticket))
    assert kept == ticket
    assert [type(value) for a in kept.attributes for value in a.values] == [
        type(value) for a in ticket.attributes for value in a.values
    ]
    assert (kept.copies, kept.sides) == (2, "two-sided-long-edge")


def test_no_ticket_takes_no_room() -> None:
    assert encode_job_ticket(JobTicket()) == b""
    assert decode_job_ticket(b"") == JobTicket()
