"""Situations in which the printer is a queue of a print server's own cupsd."""

from __future__ import annotations

from e2e.routes.case import Case, shows
from presswork.server import routes
from presswork.testing.timing import MS, eventually

_LEDGER = "ledger"
_DEADLINE = 40_000 * MS


@shows
async def queue_of_another_computer(case: Case) -> None:
    porter = case.here.porter
    async with case.here.duties("porter", redirector=True):
        await _has_the_queue(case)
        await case.waits()
        await case.release_at(f"redirector://{porter.computer_id}/{_LEDGER}")
        await case.ends()
        _, said = await case.here.cupsd.run("lpstat", "-W", "all", "-o", _LEDGER)
        assert [line.split()[1] for line in said.splitlines()] == ["ada"], said


@shows
async def queue_of_another_computer_away(case: Case) -> None:
    porter = case.here.porter
    async with case.here.duties("porter", redirector=True):
        await _has_the_queue(case)
        await case.waits()
        await case.here.cupsd.kill()
        try:
            await case.release_at(f"redirector://{porter.computer_id}/{_LEDGER}")
            await case.ends()
        finally:
            await case.here.cupsd.start()


async def _has_the_queue(case: Case) -> None:
    """The print server has told of its queue, and people are called there what stands before their address' ``@``."""
    porter = case.here.porter
    async with case.here.server.context.database.writing() as session:
        await routes.set_naming(session, case.here.ada, porter.computer_id, rule="account")
    await eventually(
        lambda: porter.desired is not None and _LEDGER in porter.desired.duties.host_queues, deadline=_DEADLINE
    )
