"""How often a printer is looked at."""

from __future__ import annotations

import pytest

from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.pace import PollPace

PACE = PollPace()


@pytest.mark.parametrize(
    ("facts", "seconds"),
    [
        (DeviceFacts(state="idle"), PACE.usual),
        (DeviceFacts(state="idle", state_reasons=("toner-low-warning",)), PACE.usual),
        (DeviceFacts(state="processing"), PACE.busy),
        (DeviceFacts(state="stopped"), PACE.busy),
        (DeviceFacts(state="idle", state_reasons=("media-empty-error",)), PACE.busy),
        (DeviceFacts(state="idle", state_reasons=("subunit-power-saver-report",)), PACE.asleep),
        (DeviceFacts(), PACE.usual),
    ],
)
def test_after_a_look(facts: DeviceFacts, seconds: float):
    assert PACE.after(facts) == seconds


def test_offline_takes_longer_than_a_busy_network():
    assert PACE.misses >= 3
    assert PACE.busy < PACE.usual < PACE.offline < PACE.asleep
