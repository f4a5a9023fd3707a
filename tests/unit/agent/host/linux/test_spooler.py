"""Without a cupsd; with one: tests/interop/test_spooler.py."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.host.chosen import this_host
from presswork.agent.host.linux.cupsd import CupsdUnavailable
from presswork.core.settings import AgentSettings
from presswork.protocols.control.words import QueueSpec


def settings(directory: Path) -> AgentSettings:
    return AgentSettings(cups_socket=directory / "cups.sock", cups_files_conf=directory / "cups-files.conf")


async def test_no_cupsd_is_said_with_the_place_looked_at(tmp_path: Path) -> None:
    spooler = this_host(settings(tmp_path), 21339).spooler
    (finding,) = await spooler.examine()
    assert isinstance(finding, CupsdUnavailable)
    assert str(tmp_path / "cups.sock") in finding.sentence
    with pytest.raises(CupsdUnavailable):
        await spooler.converge([QueueSpec(queue_id=uuid4(), name="bureau", mode="hold")])
    with pytest.raises(CupsdUnavailable):
        await spooler.job_being_sent("bureau")
    with pytest.raises(CupsdUnavailable):
        await spooler.purge("bureau", uuid4())


async def test_the_spoolers_account_is_what_cups_files_conf_says(tmp_path: Path) -> None:
    (tmp_path / "cups-files.conf").write_text("User printing\n")
    assert await this_host(settings(tmp_path), 21339).spooler.account() == "printing"
