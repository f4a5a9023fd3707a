"""The suites of the reference client against the simulator's printer, which is ``printer/`` with nothing around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.simulator.serve import simulate
from presswork.testing import ipptool

pytestmark = pytest.mark.skipif(not ipptool.available(), reason="ipptool is not installed (cups-ipp-utils)")


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ipptool.suites(tmp_path_factory.mktemp("ipptool"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("suite", "at_least"), [("ipp-1.1", 54), ("ipp-2.0", 55), ("ipp-2.1", 56), ("ipp-2.2", 57), ("ipp-everywhere", 158)]
)
async def test_the_simulated_printer_passes(suites: Path, suite: str, at_least: int) -> None:
    async with simulate() as simulator:
        outcome = await ipptool.run_suite(suites, suite, simulator.uri)
    print(f"{suite}: {outcome}")
    assert outcome.failed == (), outcome.output
    assert outcome.passed >= at_least, outcome.output
