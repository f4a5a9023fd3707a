from __future__ import annotations

from pathlib import Path

from presswork.agent.host.chosen import host_queues, this_host
from presswork.agent.host.linux.host_queues import CupsHostQueues
from presswork.agent.host.linux.spooler import CupsSpooler
from presswork.core.settings import AgentSettings


def test_here_cupsd_is_the_printing_system(tmp_path: Path) -> None:
    settings = AgentSettings(directory=tmp_path)
    assert isinstance(host_queues(settings, 21339), CupsHostQueues)
    host = this_host(settings, 21339)
    assert (type(host.queues), type(host.spooler)) == (CupsHostQueues, CupsSpooler)
