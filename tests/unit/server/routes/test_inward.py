"""Legacy systems that print over a redirector."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from presswork.core.errors import Conflict, Fault
from presswork.protocols.control.route import InwardSpec, OwnerReply, OwnerRequest, declared_account
from presswork.server import audit, identity, jobs, queues
from presswork.server.computers import set_duties
from presswork.server.platform.database import Session
from presswork.server.routes import (
    inward_specs,
    list_inward,
    owner_of,
    remove_inward,
    set_inward,
    set_naming,
)
from presswork.testing.tenants import World

LPR: dict[str, Any] = {"queue": "Office", "lpd": True, "allowed": ["192.0.2.7", "2001:db8::/32"]}


async def redirector(session: Session, world: World, **inward: object) -> None:
    """The computer here is one, people are called there by their accounts, and Office is one of its inward queues."""
    here = world.here
    await set_duties(session, here.administrator, here.agent.computer_id, site_node=False, redirector=True)
    await set_naming(session, here.administrator, here.agent.computer_id, rule="account")
    await set_inward(session, here.administrator, here.agent.computer_id, **(LPR | inward))


async def test_an_agent_hears_where_it_is_to_listen(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await redirector(session, world, ipp=True, socket_port="9100", owner="user")
        (spec,) = await inward_specs(session, here.tenant_id, here.agent.computer_id)
        assert await inward_specs(session, here.tenant_id, world.there.agent.computer_id) == ()
        (view,) = await list_inward(session, here.administrator, here.agent.computer_id)
        assert (view.queue, view.socket_port) == ("Office", 9100)
        await redirector(session, world)  # the same queue anew is one
        (again,) = await inward_specs(session, here.tenant_id, here.agent.computer_id)
        await remove_inward(session, here.administrator, here.agent.computer_id, here.queue_id)
        assert await inward_specs(session, here.tenant_id, here.agent.computer_id) == ()
    networks = (ip_network("192.0.2.7/32"), ip_network("2001:db8::/32"))
    assert spec == InwardSpec(
        queue_id=here.queue_id, ipp=True, lpd=True, socket_port=9100, allowed=networks, owner="user"
    )
    assert again == InwardSpec(queue_id=here.queue_id, lpd=True, allowed=networks)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lpd": False}, "ways"),
        ({"allowed": []}, "allowed"),
        ({"allowed": ["0.0.0.0/0"]}, "allowed"),
        ({"allowed": ["::/0"]}, "allowed"),
        ({"allowed": ["office"]}, "allowed"),
        ({"allowed": [f"10.0.{i}.0/24" for i in range(65)]}, "allowed"),
        ({"socket_port": "9100"}, "owner"),
        ({"socket_port": "0", "owner": "user"}, "socket_port"),
        ({"socket_port": "70000", "owner": "user"}, "socket_port"),
        ({"socket_port": "x", "owner": "user"}, "socket_port"),
        ({"socket_port": "21339", "owner": "user"}, "socket_port"),
        ({"queue": "Elsewhere"}, "queue"),
        ({"owner": "a\nb"}, "owner"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(world: World, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Fault) as refused:
        async with world.database.writing() as session:
            await redirector(session, world, **changes)
    assert refused.value.details["field"] == field


async def test_a_port_is_one_queues(world: World) -> None:
    async with world.database.writing() as session:
        await redirector(session, world, socket_port="9100", owner="user")
        await queues.add_queue(session, world.here.administrator, name="Second", mode="hold")
        with pytest.raises(Conflict):
            await redirector(session, world, queue="Second", socket_port="9100", owner="user")


async def test_a_name_is_the_person_it_is_mapped_to(world: World) -> None:
    here = world.here
    asked = OwnerRequest(queue_id=here.queue_id, name="USER")
    async with world.database.writing() as session:
        await redirector(session, world)
        told = await owner_of(session, here.agent, asked)
        assert told == OwnerReply(user_id=here.user.user_id, person="User")
        assert await owner_of(session, here.agent, asked) == told
        for nobody in ("nobody", "", "user@here.example"):
            request = OwnerRequest(queue_id=here.queue_id, name=nobody)
            assert await owner_of(session, here.agent, request) == OwnerReply()


async def test_who_has_no_business_to_ask_hears_of_nobody(world: World) -> None:
    here = world.here
    asked = OwnerRequest(queue_id=here.queue_id, name="user")
    async with world.database.writing() as session:
        await redirector(session, world)
        other = await queues.add_queue(session, here.administrator, name="Second", mode="hold")
        assert await owner_of(session, here.agent, OwnerRequest(queue_id=other.id, name="user")) == OwnerReply()
        assert await owner_of(session, world.there.agent, asked) == OwnerReply()
        await set_duties(session, here.administrator, here.agent.computer_id, site_node=False, redirector=False)
        assert await owner_of(session, here.agent, asked) == OwnerReply()


async def test_a_queue_for_some_is_for_those_this_way_too(world: World) -> None:
    here = world.here
    asked = OwnerRequest(queue_id=here.queue_id, name="user")
    async with world.database.writing() as session:
        await redirector(session, world)
        group = await identity.add_group(session, here.administrator, name="Engineering")
        await queues.show_to_group(session, here.administrator, here.queue_id, "Engineering")
        assert await owner_of(session, here.agent, asked) == OwnerReply()
        await identity.add_person_to_group(session, here.administrator, group.id, "user@here.example")
        assert (await owner_of(session, here.agent, asked)).user_id == here.user.user_id


@pytest.mark.parametrize("told", [True, False])
async def test_an_owner_is_believed_only_as_the_server_told_it(world: World, told: bool) -> None:
    here = world.here
    async with world.database.writing() as session:
        await redirector(session, world)
        if told:
            await owner_of(session, here.agent, OwnerRequest(queue_id=here.queue_id, name="user"))
    job_id = await world.job(account=declared_account("user", "LPR"), owner_proof="declared", user_id=here.user.user_id)
    async with world.database.reading() as session:
        (view,) = (await jobs.list_jobs_of_tenant(session, here.administrator)).jobs
        own = (await jobs.list_own_jobs(session, here.user)).jobs
    assert (view.id, view.declared, view.user_id) == (job_id, True, here.user.user_id if told else None)
    assert [one.id for one in own] == ([job_id] if told else [])


async def test_a_declared_job_is_nobodys_by_an_account_of_that_name(world: World) -> None:
    """Whoever is the account ``user`` of the redirector is not, by that, who prints as ``user`` on another system."""
    await world.bind(world.here.other, account="user")
    await world.job(account=declared_account("user", "LPR"), owner_proof="declared")
    await world.job(account=declared_account("user", "LPR"), owner_proof="declared", user_id=world.here.other.user_id)
    async with world.database.reading() as session:
        assert (await jobs.list_own_jobs(session, world.here.other)).jobs == ()


async def test_what_was_set_is_in_the_audit(world: World) -> None:
    async with world.database.writing() as session:
        await redirector(session, world)
        await remove_inward(session, world.here.administrator, world.here.agent.computer_id, world.here.queue_id)
    async with world.database.reading() as session:
        entries = await audit.list_entries(session, world.here.administrator)
    said = {entry.action: entry.details for entry in entries if entry.action.startswith("redirector.inward")}
    assert set(said) == {"redirector.inward-removed", "redirector.inward-set"}
    assert said["redirector.inward-set"]["allowed"] == "192.0.2.7/32 2001:db8::/32"
