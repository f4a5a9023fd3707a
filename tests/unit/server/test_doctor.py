"""The server's doctor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from presswork.core.checks import Finding, Level, run_checks
from presswork.core.clock import Clock, SystemClock
from presswork.core.settings import Ports, ServerSettings
from presswork.server.app import running
from presswork.server.doctor import checks
from presswork.testing.clock import StandingClock
from presswork.testing.server import ServerInTest


async def _examine(settings: ServerSettings, clock: Clock | None = None) -> dict[str, Finding]:
    results = await run_checks(checks(settings, clock or SystemClock()), deadline=30)
    return {check.name: finding for check, finding in results}


def _levels(findings: dict[str, Finding], names: Sequence[str] = ()) -> set[Level]:
    return {finding.level for name, finding in findings.items() if not names or name in names}


async def test_a_server_that_is_well(tmp_path: Path) -> None:
    settings = ServerSettings(directory=tmp_path / "server", ports=Ports(server=0))
    async with running(settings) as server:
        port = int(server.url.rpartition(":")[2])
        settings = settings.model_copy(update={"ports": Ports(server=port)})
        findings = await _examine(settings)
        assert findings["people"] == Finding(
            Level.WARNING, "Nobody may sign in yet.", "Get a link: presswork server set-up-link"
        )
        await ServerInTest(server).set_up()
        assert _levels(await _examine(settings)) == {Level.GOOD}


async def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    settings = ServerSettings(directory=tmp_path / "server", ports=Ports(server=1))
    findings = await _examine(settings)
    told = [finding for finding in findings.values() if finding.level is not Level.WAITING]
    assert {finding.level for finding in told} == {Level.PROBLEM}
    assert all(f"{finding.sentence} {finding.advice}".count("presswork server run") for finding in told)
    assert _levels(findings, ["key", "people", "certificate"]) == {Level.WAITING}
    assert list(tmp_path.iterdir()) == []


async def test_what_is_wrong_is_said_one_by_one(tmp_path: Path) -> None:
    settings = ServerSettings(directory=tmp_path / "server", ports=Ports(server=0))
    async with running(settings):
        pass
    (tmp_path / "server.key").chmod(0o644)
    (tmp_path / "server").chmod(0o755)
    findings = await _examine(settings)
    assert "chmod 700" in findings["data directory"].sentence
    assert "chmod 600" in findings["key"].sentence
    assert findings["database"].level is Level.GOOD
    (tmp_path / "server.key").unlink()
    assert "is missing" in (await _examine(settings))["key"].sentence
    (tmp_path / "server" / "presswork.db").write_bytes(b"x" * 5000)
    assert "does not answer" in (await _examine(settings))["database"].sentence


async def test_what_will_be_wrong_is_said_before(tmp_path: Path) -> None:
    clock = StandingClock()
    settings = ServerSettings(directory=tmp_path / "server", ports=Ports(server=0))
    async with running(settings, clock=clock):
        pass
    names = ("certificate", "key")
    assert _levels(await _examine(settings, clock), names) == {Level.GOOD}
    clock.advance(days=80)
    assert (await _examine(settings, clock))["certificate"].level is Level.WARNING
    clock.advance(days=20)
    assert (await _examine(settings, clock))["certificate"].level is Level.PROBLEM
    clock.advance(days=3650 - 200)
    assert (await _examine(settings, clock))["key"].level is Level.WARNING


async def test_a_proxy_does_the_tls(tmp_path: Path) -> None:
    settings = ServerSettings(directory=tmp_path / "server", tls="proxy", ports=Ports(server=0))
    async with running(settings):
        pass
    assert (await _examine(settings))["certificate"].level is Level.GOOD
