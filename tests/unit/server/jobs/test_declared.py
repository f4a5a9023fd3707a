"""Owners that redirectors were told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from presswork.core.errors import Forbidden, NotFound
from presswork.protocols.control.route import declared_account
from presswork.server.jobs.declared import DeclaredOwner, declared_people, names_of_nobody, note_declared_owner
from presswork.testing.tenants import World


async def test_a_computer_may_report_whom_it_was_told_by_any_way_and_for_ever(world: World) -> None:
    here = world.here
    accounts = {declared_account("ada", way) for way in ("IPP", "LPR")} | {"ada", "eve, by LPR"}
    async with world.database.writing() as session:
        assert await declared_people(session, here.agent, accounts) == frozenset()
        for person in (here.user, here.other, here.user):
            await note_declared_owner(session, here.agent, "ada", person.user_id)
        assert await declared_people(session, here.agent, accounts) == {
            (declared_account("ada", way), person.user_id)
            for way in ("IPP", "LPR")
            for person in (here.user, here.other)
        }
        assert await declared_people(session, world.there.agent, accounts) == frozenset()
        many = {declared_account(f"name{number}", "RAW") for number in range(1000)}
        assert len(await declared_people(session, here.agent, many | accounts)) == 4


async def test_administrators_see_under_which_names_jobs_wait_for_nobody(world: World) -> None:
    here, there = world.here, world.there
    for name, jobs in (("eve", 1), ("mallory", 2)):
        for _ in range(jobs):
            await world.job(account=declared_account(name, "LPR"), owner_proof="declared")
    await world.job(account="user")
    await world.job(
        account=declared_account("gone", "LPR"), owner_proof="declared", state="aborted", document_kept=False
    )
    async with world.database.reading() as session:
        found = await names_of_nobody(session, here.administrator, here.agent.computer_id)
        assert [(one.account, one.jobs) for one in found] == [("mallory, by LPR", 2), ("eve, by LPR", 1)]
        with pytest.raises(Forbidden):
            await names_of_nobody(session, here.user, here.agent.computer_id)
        with pytest.raises(NotFound):
            await names_of_nobody(session, there.administrator, here.agent.computer_id)
        assert await names_of_nobody(session, there.administrator, there.agent.computer_id) == []


async def test_a_name_is_kept_once_however_it_is_written(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        for name in ("Ada", "ADA", "ada", "aDa"):
            await note_declared_owner(session, here.agent, name, here.user.user_id)
        assert (await session.scalars(select(DeclaredOwner.name))).all() == ["ada"]
        account = declared_account("AdA", "LPR")
        assert await declared_people(session, here.agent, {account}) == {(account, here.user.user_id)}
