"""Identifiers of RFC 9562 §5.7."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from presswork.core.ids import uuid7


class StoppedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(milliseconds=st.integers(0, 2**44), random=st.binary(min_size=10, max_size=10))  # 2**44 ms is the year 2527
def test_layout(milliseconds: int, random: bytes) -> None:
    clock = StoppedClock(EPOCH + timedelta(milliseconds=milliseconds))
    identifier = uuid7(clock, lambda count: random[:count])
    assert identifier.version == 7
    assert identifier.variant == RFC_4122
    assert abs((identifier.int >> 80) - milliseconds) <= 1


def test_the_vector_of_the_standard() -> None:
    """RFC 9562 Appendix A.6."""
    clock = StoppedClock(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC))
    random = bytes.fromhex("0cc318c4dc0c0c07398f")
    assert str(uuid7(clock, lambda count: random[:count])) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_a_later_one_sorts_behind() -> None:
    early = uuid7(StoppedClock(EPOCH + timedelta(days=20000)), lambda count: b"\xff" * count)
    late = uuid7(StoppedClock(EPOCH + timedelta(days=20000, milliseconds=1)), bytes)
    assert early < late
