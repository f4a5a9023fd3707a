"""The agent as a program, as `presswork agent run` starts it, but with less patience for printers and others than in the field."""

from __future__ import annotations

import asyncio

from presswork.agent import app
from presswork.agent.delivery import Deadlines
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.core.logging import configure_logging
from presswork.core.settings import AgentSettings
from presswork.testing.timing import MS

PATIENCE = Deadlines(
    connect=1_500 * MS,
    stall=6_000 * MS,
    reply=6_000 * MS,
    raw_stall=6_000 * MS,
    raw_close=1_500 * MS,
    pjl=500 * MS,
    turn=15_000 * MS,
    first_retry=300 * MS,
    slowest_retry=600 * MS,
    out_of_reach=6_000 * MS,
    settle=1_500 * MS,
    slowest_poll=300 * MS,
)
PATIENCE_WITH_OTHERS = RelayDeadlines(
    connect=1_000 * MS,
    handshake=4_000 * MS,
    alive=500 * MS,
    silence=3_000 * MS,
    decide=8_000 * MS,
    go=8_000 * MS,
    grace=12_000 * MS,
    first_retry=200 * MS,
    slowest_retry=500 * MS,
    out_of_reach=20_000 * MS,
)


if __name__ == "__main__":
    configure_logging()
    asyncio.run(app.run(AgentSettings(), deadlines=PATIENCE, relay_deadlines=PATIENCE_WITH_OTHERS))
