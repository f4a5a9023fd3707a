"""The check runner: findings in order, whatever the checks do."""

from __future__ import annotations

import asyncio

from presswork.core.checks import Check, Finding, Level, report, run_checks
from presswork.core.errors import Unavailable


async def _good() -> Finding:
    return Finding(Level.GOOD, "It is there.")


async def _fault() -> Finding:
    raise Unavailable("It does not answer.")


async def _forever() -> Finding:
    await asyncio.Event().wait()
    return await _good()


async def _system() -> Finding:
    raise FileNotFoundError(2, "No such file or directory", "/nowhere")


async def test_every_check_has_a_finding_in_the_order_given() -> None:
    checks = [Check(str(place), examine) for place, examine in enumerate((_forever, _good, _fault, _system))]
    async with asyncio.timeout(5):
        results = await run_checks(checks, deadline=0.2)
    assert [check for check, _ in results] == checks
    levels = [finding.level for _, finding in results]
    assert levels == [Level.PROBLEM, Level.GOOD, Level.PROBLEM, Level.PROBLEM]
    sentences = [finding.sentence for _, finding in results]
    assert "0.2 seconds" in sentences[0]
    assert sentences[2] == "It does not answer."
    assert "/nowhere" in sentences[3]
    assert all(finding.advice for _, finding in (results[0], results[3]))


async def test_checks_run_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> Finding:
        await both.wait()
        return await _good()

    async with asyncio.timeout(5):
        results = await run_checks([Check("a", meet), Check("b", meet)], deadline=2)
    assert [finding.level for _, finding in results] == [Level.GOOD, Level.GOOD]


async def test_what_needs_something_that_is_wrong_is_not_examined_and_said_once() -> None:
    checks = [
        Check("house", _fault),
        Check("roof", _forever, needs="house"),
        Check("garden", _good),
        Check("door", _forever, needs="house"),
        Check("flowers", _good, needs="garden"),
    ]
    async with asyncio.timeout(5):
        results = await run_checks(checks, deadline=2)
    levels = {check.name: finding.level for check, finding in results}
    assert levels["roof"] is levels["door"] is Level.WAITING
    assert levels["flowers"] is Level.GOOD
    assert [line for _, line in report(results)] == [
        "problem  house: It does not answer.",
        "         When that is done, look again for: roof, door.",
        "good     garden: It is there.",
        "good     flowers: It is there.",
    ]
