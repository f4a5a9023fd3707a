"""The default destination, where no person chose one."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.host.default import NOTHING, DefaultQueue, Remembered, Step, next_step
from presswork.agent.spool import open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import QueueSpec
from presswork.testing.intake import PlayedSpooler

OURS, PERSONS = Remembered(ours="berlin"), Remembered(persons="mine")


@pytest.mark.parametrize(
    ("current", "wished", "there", "remembered", "step"),
    [
        (None, None, ["berlin"], NOTHING, Step(None, NOTHING)),
        (None, "berlin", ["berlin"], NOTHING, Step("berlin", OURS)),
        (None, "berlin", [], NOTHING, Step(None, NOTHING)),
        ("Berlin", "berlin", ["berlin"], OURS, Step(None, OURS)),
        ("berlin", "paris", ["berlin", "paris"], OURS, Step("paris", Remembered(ours="paris"))),
        ("berlin", None, ["berlin"], OURS, Step(None, OURS)),
        ("mine", "berlin", ["berlin"], NOTHING, Step(None, PERSONS)),
        ("mine", "berlin", ["berlin"], OURS, Step(None, PERSONS)),
        ("mine", "berlin", ["berlin", "mine"], PERSONS, Step(None, PERSONS)),
        (None, "berlin", ["berlin"], PERSONS, Step("berlin", Remembered(ours="berlin", persons="mine"))),
        ("berlin", "berlin", ["berlin", "mine"], Remembered(ours="berlin", persons="mine"), Step("mine", PERSONS)),
        (None, "berlin", ["berlin", "mine"], PERSONS, Step("mine", PERSONS)),
    ],
)
def test_only_what_the_agent_set_is_replaced(
    current: str | None, wished: str | None, there: list[str], remembered: Remembered, step: Step
) -> None:
    assert next_step(current, wished, there, remembered) == step


async def test_what_the_agent_set_is_remembered_through_restarts(tmp_path: Path) -> None:
    spool = await open_spool(tmp_path, SystemClock(), system_randomness)
    try:
        spooler, desired = PlayedSpooler(), Desired(spool)
        await desired.put(_state("berlin"))
        await DefaultQueue(spooler, desired).keep()
        assert spooler.default == "berlin"
        await desired.put(_state("paris"))
        await DefaultQueue(spooler, desired).keep()
        assert spooler.default == "paris"
        spooler.default = "mine"
        await DefaultQueue(spooler, desired).keep()
        assert spooler.default == "mine"
        await desired.memory.remember("default-queue", "{")
        await DefaultQueue(spooler, desired).keep()
        assert spooler.default == "mine"
    finally:
        await spool.close()


def _state(default: str) -> DesiredState:
    queues = tuple(QueueSpec(queue_id=uuid4(), name=name, mode="hold") for name in ("berlin", "paris"))
    return DesiredState(
        revision=default, computer_name="", queues=queues, printers=(), accounts=(), default_queue=default
    )
