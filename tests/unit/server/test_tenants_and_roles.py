"""Each service function by what it lets pass: another tenant sees nothing, a lesser role is refused.

A function that takes a ``Principal`` or an ``AgentPrincipal`` and does not stand in a table here fails the last test.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from presswork.core.errors import Fault, Forbidden, Invalid, NotFound
from presswork.protocols.control.agent import Hello, RenewRequest
from presswork.protocols.control.search import FoundDevice, SearchReport
from presswork.protocols.control.words import NetworkHint, OrderAnswer, PrinterReport
from presswork.server import audit, computers, identity, jobs, networks, printers, queues, routes, searches
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.database import Session
from presswork.server.tenants import Principal, Role
from presswork.testing.tenants import World


@dataclass(frozen=True)
class Case:
    """One call on things of the tenant *here*: by whom it may be done, and what somebody of *there* gets."""

    function: Callable[..., Awaitable[Any]]
    call: Callable[[Session, Principal, World, UUID], Awaitable[Any]]
    least: Role
    of_others: type[Fault] | None = NotFound
    """The fault for another tenant; None: it works on their own things, and finds none of ours."""
    owner: bool = False
    """Only the owner of the job may do it, whatever the role."""


@dataclass(frozen=True)
class _Place:
    site: UUID
    network: UUID
    mark: UUID


async def _with_place(session: Session, principal: Principal, world: World, call: Callable[..., Any]) -> Any:
    administrator = world.here.administrator
    site = await networks.add_site(session, administrator, name="Berlin")
    network = await networks.add_network(session, administrator, name="Berlin")
    mark = await networks.add_mark(session, administrator, network.id, kind="dns-suffix", value="here.example")
    return await call(session, principal, world, _Place(site.id, network.id, mark.id))


async def _with_group(session: Session, principal: Principal, world: World, call: Callable[..., Any]) -> Any:
    group = await identity.add_group(session, world.here.administrator, name="Engineering")
    await identity.add_group(session, world.here.administrator, name="Inner")
    await identity.add_person_to_group(session, world.here.administrator, group.id, "user@here.example")
    return await call(session, principal, world, group.id)


async def _out_of_group(session: Session, principal: Principal, world: World, group_id: UUID) -> None:
    inner = await identity.add_group_to_group(session, world.here.administrator, group_id, "Inner")
    await identity.remove_group_from_group(session, principal, group_id, inner.id)


def _of_group(function: Callable[..., Awaitable[Any]], call: Callable[..., Any], fault: type[Fault]) -> Case:
    async def with_group(session: Session, principal: Principal, world: World, _: UUID) -> object:
        return await _with_group(session, principal, world, call)

    return Case(function, with_group, Role.ADMINISTRATOR, fault)


def _of_place(function: Callable[..., Awaitable[Any]], call: Callable[..., Any], fault: type[Fault]) -> Case:
    async def with_place(session: Session, principal: Principal, world: World, _: UUID) -> object:
        return await _with_place(session, principal, world, call)

    return Case(function, with_place, Role.ADMINISTRATOR, fault)


INWARD: dict[str, Any] = {"queue": "Office", "lpd": True, "allowed": ["192.0.2.0/24"]}


def _of_redirector(function: Callable[..., Awaitable[Any]], call: Callable[..., Any]) -> Case:
    async def with_redirector(session: Session, principal: Principal, world: World, _: UUID) -> object:
        computer_id, administrator = world.here.agent.computer_id, world.here.administrator
        await routes.add_name(session, administrator, computer_id, email="user@here.example", name="u")
        await routes.set_inward(session, administrator, computer_id, **INWARD)
        return await call(session, principal, world, computer_id)

    return Case(function, with_redirector, Role.ADMINISTRATOR, NotFound)


CASES = [
    Case(audit.list_entries, lambda s, p, w, j: audit.list_entries(s, p), Role.ADMINISTRATOR, None),
    Case(
        identity.create_user,
        lambda s, p, w, j: identity.create_user(
            s, p, email="new@example.org", display_name="New", role=Role.USER, password="correct horse battery"
        ),
        Role.ADMINISTRATOR,
        None,
    ),
    Case(identity.list_users, lambda s, p, w, j: identity.list_users(s, p), Role.ADMINISTRATOR, None),
    Case(identity.get_user, lambda s, p, w, j: identity.get_user(s, p, w.here.operator.user_id), Role.ADMINISTRATOR),
    Case(
        identity.change_user,
        lambda s, p, w, j: identity.change_user(s, p, w.here.user.user_id, disabled=True),
        Role.ADMINISTRATOR,
    ),
    Case(
        identity.find_user,
        lambda s, p, w, j: identity.find_user(s, p, "user@here.example"),
        Role.ADMINISTRATOR,
        Invalid,
    ),
    Case(identity.add_group, lambda s, p, w, j: identity.add_group(s, p, name="New"), Role.ADMINISTRATOR, None),
    Case(identity.list_groups, lambda s, p, w, j: identity.list_groups(s, p), Role.ADMINISTRATOR, None),
    *(
        _of_group(*row)
        for row in (
            (identity.get_group, lambda s, p, w, g: identity.get_group(s, p, g), NotFound),
            (identity.find_group, lambda s, p, w, g: identity.find_group(s, p, "Engineering"), Invalid),
            (identity.rename_group, lambda s, p, w, g: identity.rename_group(s, p, g, "Other"), NotFound),
            (identity.remove_group, lambda s, p, w, g: identity.remove_group(s, p, g), NotFound),
            (identity.list_group_people, lambda s, p, w, g: identity.list_group_people(s, p, g), NotFound),
            (identity.list_inner_groups, lambda s, p, w, g: identity.list_inner_groups(s, p, g), NotFound),
            (
                identity.add_person_to_group,
                lambda s, p, w, g: identity.add_person_to_group(s, p, g, "other@here.example"),
                NotFound,
            ),
            (
                identity.remove_person_from_group,
                lambda s, p, w, g: identity.remove_person_from_group(s, p, g, w.here.user.user_id),
                NotFound,
            ),
            (identity.add_group_to_group, lambda s, p, w, g: identity.add_group_to_group(s, p, g, "Inner"), NotFound),
            (identity.remove_group_from_group, _out_of_group, NotFound),
        )
    ),
    Case(networks.add_site, lambda s, p, w, j: networks.add_site(s, p, name="New"), Role.ADMINISTRATOR, None),
    Case(networks.list_sites, lambda s, p, w, j: networks.list_sites(s, p), Role.ADMINISTRATOR, None),
    Case(networks.add_network, lambda s, p, w, j: networks.add_network(s, p, name="New"), Role.ADMINISTRATOR, None),
    Case(networks.list_networks, lambda s, p, w, j: networks.list_networks(s, p), Role.ADMINISTRATOR, None),
    *(
        _of_place(*row)
        for row in (
            (networks.get_site, lambda s, p, w, at: networks.get_site(s, p, at.site), NotFound),
            (
                networks.change_site,
                lambda s, p, w, at: networks.change_site(s, p, at.site, name="Other", parent_id=None),
                NotFound,
            ),
            (networks.remove_site, lambda s, p, w, at: networks.remove_site(s, p, at.site), NotFound),
            (networks.get_network, lambda s, p, w, at: networks.get_network(s, p, at.network), NotFound),
            (networks.find_network, lambda s, p, w, at: networks.find_network(s, p, "Berlin"), Invalid),
            (
                networks.change_network,
                lambda s, p, w, at: networks.change_network(s, p, at.network, name="Other", site_id=None),
                NotFound,
            ),
            (networks.remove_network, lambda s, p, w, at: networks.remove_network(s, p, at.network), NotFound),
            (networks.list_marks, lambda s, p, w, at: networks.list_marks(s, p, at.network), NotFound),
            (
                networks.add_mark,
                lambda s, p, w, at: networks.add_mark(s, p, at.network, kind="cidr", value="192.0.2.0/24"),
                NotFound,
            ),
            (networks.remove_mark, lambda s, p, w, at: networks.remove_mark(s, p, at.network, at.mark), NotFound),
        )
    ),
    Case(computers.unknown_networks, lambda s, p, w, j: computers.unknown_networks(s, p), Role.ADMINISTRATOR, None),
    Case(
        computers.file_network,
        lambda s, p, w, j: _file(s, p, w),
        Role.ADMINISTRATOR,
    ),
    _of_place(
        computers.computers_on_network,
        lambda s, p, w, at: computers.computers_on_network(s, p, at.network),
        NotFound,
    ),
    Case(computers.count_computers, lambda s, p, w, j: computers.count_computers(s, p, {j}), Role.ADMINISTRATOR, None),
    Case(
        computers.create_enrolment_code,
        lambda s, p, w, j: computers.create_enrolment_code(s, p, w.authority),
        Role.ADMINISTRATOR,
        None,
    ),
    Case(computers.list_computers, lambda s, p, w, j: computers.list_computers(s, p), Role.ADMINISTRATOR, None),
    Case(
        computers.get_computer,
        lambda s, p, w, j: computers.get_computer(s, p, w.here.agent.computer_id),
        Role.ADMINISTRATOR,
    ),
    Case(
        computers.revoke_computer,
        lambda s, p, w, j: computers.revoke_computer(s, p, w.here.agent.computer_id),
        Role.ADMINISTRATOR,
    ),
    Case(
        jobs.remove_computer,
        lambda s, p, w, j: jobs.remove_computer(s, p, w.here.agent.computer_id),
        Role.ADMINISTRATOR,
    ),
    Case(
        computers.set_duties,
        lambda s, p, w, j: computers.set_duties(s, p, w.here.agent.computer_id, site_node=True, redirector=True),
        Role.ADMINISTRATOR,
    ),
    Case(computers.list_account_bindings, lambda s, p, w, j: computers.list_account_bindings(s, p), Role.USER, None),
    Case(
        computers.get_account_sign_in,
        lambda s, p, w, j: _with_code(s, p, w, computers.get_account_sign_in),
        Role.USER,
    ),
    Case(
        computers.confirm_account_sign_in,
        lambda s, p, w, j: _with_code(s, p, w, computers.confirm_account_sign_in),
        Role.USER,
    ),
    Case(
        printers.add_printer,
        lambda s, p, w, j: printers.add_printer(s, p, name="New", device_uri="ipp://192.0.2.9"),
        Role.ADMINISTRATOR,
        None,
    ),
    Case(printers.list_printers, lambda s, p, w, j: printers.list_printers(s, p), Role.USER, None),
    Case(printers.get_printer, lambda s, p, w, j: printers.get_printer(s, p, w.here.printer_id), Role.USER),
    Case(printers.export_printers, lambda s, p, w, j: printers.export_printers(s, p), Role.ADMINISTRATOR, None),
    Case(printers.plan_import, lambda s, p, w, j: printers.plan_import(s, p, "name\n"), Role.ADMINISTRATOR, None),
    Case(
        printers.import_printers, lambda s, p, w, j: printers.import_printers(s, p, "name\n"), Role.ADMINISTRATOR, None
    ),
    Case(printers.list_by_need, lambda s, p, w, j: printers.list_by_need(s, p), Role.USER, None),
    Case(printers.get_snmp, lambda s, p, w, j: printers.get_snmp(s, p), Role.ADMINISTRATOR, None),
    Case(
        printers.set_snmp,
        lambda s, p, w, j: printers.set_snmp(s, p, w.vault, printers.SnmpForm()),
        Role.ADMINISTRATOR,
        None,
    ),
    Case(printers.printer_with_sign, lambda s, p, w, j: _by_sign(s, p, w), Role.USER),
    Case(
        printers.change_printer,
        lambda s, p, w, j: printers.change_printer(s, p, w.here.printer_id, name="Elsewhere"),
        Role.ADMINISTRATOR,
    ),
    Case(
        printers.place_printer,
        lambda s, p, w, j: printers.place_printer(s, p, w.here.printer_id, None),
        Role.ADMINISTRATOR,
    ),
    Case(
        printers.remove_printer,
        lambda s, p, w, j: printers.remove_printer(s, p, w.here.printer_id),
        Role.ADMINISTRATOR,
    ),
    Case(
        printers.accept_certificate,
        lambda s, p, w, j: _accept(s, p, w),
        Role.ADMINISTRATOR,
    ),
    Case(
        queues.add_queue, lambda s, p, w, j: queues.add_queue(s, p, name="New", mode="hold"), Role.ADMINISTRATOR, None
    ),
    Case(queues.list_queues, lambda s, p, w, j: queues.list_queues(s, p), Role.USER, None),
    Case(queues.get_queue, lambda s, p, w, j: queues.get_queue(s, p, w.here.queue_id), Role.USER),
    Case(
        queues.change_queue,
        lambda s, p, w, j: queues.change_queue(s, p, w.here.queue_id, info="x"),
        Role.ADMINISTRATOR,
    ),
    Case(queues.remove_queue, lambda s, p, w, j: queues.remove_queue(s, p, w.here.queue_id), Role.ADMINISTRATOR),
    Case(searches.start_search, lambda s, p, w, j: _search(s, p, w), Role.ADMINISTRATOR),
    Case(searches.stop_search, lambda s, p, w, j: _with_search(s, p, w, searches.stop_search), Role.ADMINISTRATOR),
    Case(searches.get_search, lambda s, p, w, j: _with_search(s, p, w, searches.get_search), Role.ADMINISTRATOR),
    Case(searches.list_searches, lambda s, p, w, j: searches.list_searches(s, p), Role.ADMINISTRATOR, None),
    Case(searches.list_found, lambda s, p, w, j: searches.list_found(s, p), Role.ADMINISTRATOR, None),
    Case(searches.list_moved, lambda s, p, w, j: searches.list_moved(s, p), Role.ADMINISTRATOR, None),
    Case(searches.count_new, lambda s, p, w, j: searches.count_new(s, p), Role.ADMINISTRATOR, None),
    Case(searches.get_found, lambda s, p, w, j: _with_found(s, p, w, searches.get_found), Role.ADMINISTRATOR),
    Case(searches.leave_out, lambda s, p, w, j: _with_found(s, p, w, searches.leave_out), Role.ADMINISTRATOR),
    Case(searches.bring_back, lambda s, p, w, j: _with_found(s, p, w, searches.bring_back), Role.ADMINISTRATOR),
    Case(searches.add_found, lambda s, p, w, j: _with_found(s, p, w, _added), Role.ADMINISTRATOR),
    Case(
        searches.replace_by_found,
        lambda s, p, w, j: _with_found(
            s, p, w, lambda s, p, found: searches.replace_by_found(s, p, found, w.here.printer_id)
        ),
        Role.ADMINISTRATOR,
    ),
    Case(searches.follow_found, lambda s, p, w, j: _with_found(s, p, w, _followed), Role.ADMINISTRATOR),
    Case(queues.find_queue, lambda s, p, w, j: _by_name(s, p, w), Role.USER, Invalid),
    Case(queues.audience, lambda s, p, w, j: queues.audience(s, p, w.here.queue_id), Role.ADMINISTRATOR),
    Case(queues.show_to_group, lambda s, p, w, j: _shown(s, p, w, queues.show_to_group), Role.ADMINISTRATOR),
    Case(
        queues.hide_from_group,
        lambda s, p, w, j: _hidden(s, p, w, queues.show_to_group, queues.hide_from_group),
        Role.ADMINISTRATOR,
    ),
    Case(queues.show_on_network, lambda s, p, w, j: _shown(s, p, w, queues.show_on_network), Role.ADMINISTRATOR),
    Case(
        queues.hide_on_network,
        lambda s, p, w, j: _hidden(s, p, w, queues.show_on_network, queues.hide_on_network),
        Role.ADMINISTRATOR,
    ),
    _of_place(queues.set_default, lambda s, p, w, at: queues.set_default(s, p, at.network, w.here.queue_id), NotFound),
    Case(queues.default_of_network, lambda s, p, w, j: queues.default_of_network(s, p, j), Role.ADMINISTRATOR, None),
    Case(queues.queues_on_request, lambda s, p, w, j: queues.queues_on_request(s, p), Role.USER, None),
    Case(
        queues.ask_for_queue,
        lambda s, p, w, j: queues.ask_for_queue(s, p, w.here.queue_id, wanted=False),
        Role.USER,
    ),
    Case(
        queues.why,
        lambda s, p, w, j: queues.why(s, p, email="user@here.example", printer_id=w.here.printer_id),
        Role.ADMINISTRATOR,
        Invalid,
    ),
    Case(routes.get_routes, lambda s, p, w, j: routes.get_routes(s, p), Role.ADMINISTRATOR, None),
    Case(routes.get_carriers, lambda s, p, w, j: routes.get_carriers(s, p), Role.ADMINISTRATOR, None),
    Case(routes.set_carriers, lambda s, p, w, j: routes.set_carriers(s, p, chosen=True), Role.ADMINISTRATOR, None),
    Case(routes.out_of_reach, lambda s, p, w, j: routes.out_of_reach(s, p), Role.ADMINISTRATOR, None),
    Case(routes.set_routes, lambda s, p, w, j: routes.set_routes(s, p, ["direct"]), Role.ADMINISTRATOR, None),
    Case(printers.redirector_ways, lambda s, p, w, j: printers.redirector_ways(s, p), Role.ADMINISTRATOR, None),
    *(
        _of_redirector(*row)
        for row in (
            (routes.get_naming, lambda s, p, w, c: routes.get_naming(s, p, c)),
            (routes.set_naming, lambda s, p, w, c: routes.set_naming(s, p, c, rule="email")),
            (routes.list_names, lambda s, p, w, c: routes.list_names(s, p, c)),
            (routes.add_name, lambda s, p, w, c: routes.add_name(s, p, c, email="other@here.example", name="o")),
            (routes.remove_name, lambda s, p, w, c: routes.remove_name(s, p, c, w.here.user.user_id)),
            (routes.list_inward, lambda s, p, w, c: routes.list_inward(s, p, c)),
            (queues.queues_there, lambda s, p, w, c: queues.queues_there(s, p, c)),
            (jobs.names_of_nobody, lambda s, p, w, c: jobs.names_of_nobody(s, p, c)),
            (routes.set_inward, lambda s, p, w, c: routes.set_inward(s, p, c, **INWARD)),
            (routes.remove_inward, lambda s, p, w, c: routes.remove_inward(s, p, c, w.here.queue_id)),
        )
    ),
    Case(jobs.printer_choice, lambda s, p, w, j: jobs.printer_choice(s, p, text="hall"), Role.USER, None),
    Case(jobs.list_own_jobs, lambda s, p, w, j: jobs.list_own_jobs(s, p), Role.USER, None),
    Case(jobs.get_job, lambda s, p, w, j: jobs.get_job(s, p, j), Role.USER, owner=True),
    Case(jobs.release_job, lambda s, p, w, j: jobs.release_job(s, p, j, w.here.printer_id), Role.USER, owner=True),
    Case(jobs.delete_job, lambda s, p, w, j: jobs.delete_job(s, p, j), Role.USER, owner=True),
    Case(jobs.list_jobs_of_tenant, lambda s, p, w, j: jobs.list_jobs_of_tenant(s, p), Role.ADMINISTRATOR, None),
    Case(
        jobs.count_by_person,
        lambda s, p, w, j: jobs.count_by_person(s, p, since=w.clock.now() - timedelta(days=1)),
        Role.ADMINISTRATOR,
        None,
    ),
]
OF_ONESELF = {
    identity.sign_out,  # ends the session it is called with
    identity.change_own_password,  # of the person it is called by
    computers.remove_account_binding,  # tested in computers/test_accounts.py
    computers.accounts_of_person,  # for other domains
    computers.networks_of_person,  # likewise
}
OF_AGENTS = {
    computers.renew,
    computers.note_presence,
    computers.note_networks,
    computers.start_account_sign_in,
    jobs.job_of_holder,
    routes.route_candidates,  # tested in routes/test_candidates.py
    routes.hand_over,  # these three are tested in routes/test_hand_over.py
    jobs.held_for_release,
    jobs.granted_hand_over,
    jobs.take_back,  # these two are tested in jobs/test_holders.py
    jobs.has_moved,
    jobs.take_wish,  # tested in jobs/test_wishes.py
    computers.removed_lately,  # tested in computers/test_roster.py
    printers.report,
    queues.desired_state,
    jobs.apply_reports,
    jobs.open_orders,
    jobs.printers_for_account,
    jobs.answer_orders,
    printers.printer_behind,
    printers.is_reached_by,
    printers.was_removed,
    printers.follow_device,
    jobs.note_declared_owner,  # these two are tested in routes/test_inward.py
    routes.owner_of,
    searches.report_searches,  # these two are tested in searches/test_service.py
    searches.open_searches,
}


async def _with_code(session: Session, principal: Principal, world: World, function: Callable[..., Any]) -> Any:
    started = await computers.start_account_sign_in(
        session, world.here.agent, world.account_limits, "eve", public_url="https://print.example.org"
    )
    return await function(session, principal, world.account_limits, started.user_code)


async def _file(session: Session, principal: Principal, world: World) -> object:
    agent, hint = world.here.agent, NetworkHint.model_validate({"gateway": "192.0.2.1", "prefixes": ["192.0.2.0/24"]})
    computer = await computers.note_presence(
        session, agent, Hello(version="1", computer_name="here-pc", platform="x"), sync_after=30
    )
    await computers.note_networks(session, agent, computer, [hint])
    return await computers.file_network(session, principal, kind="cidr", value="192.0.2.0/24", name="New")


async def _by_name(session: Session, principal: Principal, world: World) -> object:
    queue = await queues.add_queue(session, world.here.administrator, name="Special", mode="hold")
    return await queues.find_queue(session, principal, queue.name)


async def _shown(session: Session, principal: Principal, world: World, show: Callable[..., Any]) -> UUID:
    """Shown to the group, or on the network, named X, which there is; its id."""
    administrator = world.here.administrator
    group = await identity.add_group(session, administrator, name="X")
    network = await networks.add_network(session, administrator, name="X")
    await show(session, principal, world.here.queue_id, "X")
    return group.id if show is queues.show_to_group else network.id


async def _hidden(
    session: Session, principal: Principal, world: World, show: Callable[..., Any], hide: Callable[..., Any]
) -> None:
    shown = await _shown(session, world.here.administrator, world, show)
    await hide(session, principal, world.here.queue_id, shown)


async def _by_sign(session: Session, principal: Principal, world: World) -> object:
    sign = (await printers.get_printer(session, world.here.user, world.here.printer_id)).sign
    return await printers.printer_with_sign(session, principal, sign)


async def _search(session: Session, principal: Principal, world: World) -> searches.Search:
    hello = Hello(version="0.1.0", computer_name="here-pc", platform="Debian 12")
    await computers.note_presence(session, world.here.agent, hello, sync_after=30)
    return await searches.start_search(session, principal, computer_id=world.here.agent.computer_id)


async def _with_search(session: Session, principal: Principal, world: World, ask: Callable[..., Any]) -> Any:
    search = await _search(session, world.here.administrator, world)
    return await ask(session, principal, search.id)


async def _with_found(session: Session, principal: Principal, world: World, ask: Callable[..., Any]) -> Any:
    search = await _search(session, world.here.administrator, world)
    device = FoundDevice(host="192.0.2.7", ways=("ipp://192.0.2.7/ipp/print",))
    await searches.report_searches(
        session, world.here.agent, [SearchReport(search_id=search.id, asked=1, total=1, devices=(device,))]
    )
    (found,) = await searches.list_found(session, world.here.administrator)
    return await ask(session, principal, found.id)


async def _added(session: Session, principal: Principal, found_id: UUID) -> Any:
    return await searches.add_found(session, principal, found_id, name="Lab")


async def _followed(session: Session, principal: Principal, found_id: UUID) -> Any:
    found = await session.get_one(searches.FoundDevice, found_id)
    found.standing, found.moved_to = "added", "ipp://192.0.2.8/ipp/print"
    found.printer_id = (await printers.list_printers(session, principal))[0].id
    await session.flush()
    return await searches.follow_found(session, principal, found_id)


async def _accept(session: Session, principal: Principal, world: World) -> Any:
    seen = PrinterReport(
        printer_id=world.here.printer_id, seen_at=world.clock.now(), reachable=True, certificate_sha256="a" * 64
    )
    await printers.report(session, world.here.agent, [seen])
    return await printers.accept_certificate(session, principal, world.here.printer_id, "a" * 64)


@pytest.fixture
async def job_id(world: World) -> UUID:
    await world.bind(world.here.user)
    return await world.job(user_id=world.here.user.user_id)


def _name(case: Case) -> str:
    return case.function.__name__


@pytest.mark.parametrize("case", CASES, ids=_name)
async def test_the_least_role_may(world: World, job_id: UUID, case: Case) -> None:
    who = world.here.user if case.least is Role.USER else world.here.administrator
    async with world.database.writing() as session:
        await case.call(session, who, world, job_id)


@pytest.mark.parametrize("case", [c for c in CASES if c.least is not Role.USER], ids=_name)
async def test_a_lesser_role_may_not(world: World, job_id: UUID, case: Case) -> None:
    with pytest.raises(Forbidden):
        async with world.database.writing() as session:
            await case.call(session, world.here.other, world, job_id)


@pytest.mark.parametrize("case", [c for c in CASES if c.of_others], ids=_name)
async def test_another_tenant_does_not_find_it(world: World, job_id: UUID, case: Case) -> None:
    assert case.of_others is not None
    with pytest.raises(case.of_others):
        async with world.database.writing() as session:
            await case.call(session, world.there.operator, world, job_id)


@pytest.mark.parametrize("case", [c for c in CASES if c.owner], ids=_name)
async def test_not_even_an_operator_has_the_jobs_of_others(world: World, job_id: UUID, case: Case) -> None:
    for who in (world.here.other, world.here.administrator, world.here.operator):
        with pytest.raises(NotFound):
            async with world.database.writing() as session:
                await case.call(session, who, world, job_id)


async def test_lists_show_nothing_of_another_tenant(world: World, job_id: UUID) -> None:
    there = world.there.operator
    ours = {
        job_id,
        world.here.printer_id,
        world.here.queue_id,
        world.here.agent.computer_id,
        world.here.user.user_id,
        world.here.administrator.user_id,
    }
    async with world.database.reading() as session:
        seen: list[Any] = [
            *await audit.list_entries(session, there),
            *await identity.list_users(session, there),
            *await computers.list_computers(session, there),
            *await computers.list_account_bindings(session, there),
            *await printers.list_printers(session, there),
            *await queues.list_queues(session, there),
            *(await jobs.list_own_jobs(session, there)).jobs,
            *(await jobs.list_jobs_of_tenant(session, there)).jobs,
        ]
        counted = await jobs.count_by_person(session, there, since=world.clock.now() - timedelta(days=1))
    assert seen, "there is something to see in the own tenant"
    for row in seen:
        assert row.id not in ours
        assert getattr(row, "tenant_id", world.there.tenant_id) == world.there.tenant_id
        assert getattr(row, "target_id", None) not in ours
    assert counted == []


async def test_an_agent_of_another_tenant_moves_nothing(world: World, job_id: UUID) -> None:
    foreign = world.there.agent
    async with world.database.writing() as session:
        order_id = await jobs.release_job(session, world.here.user, job_id, world.here.printer_id)
    async with world.database.writing() as session:
        assert await jobs.open_orders(session, foreign) == ()
        await jobs.answer_orders(session, foreign, [OrderAnswer(order_id=order_id, done=True)])
        await jobs.apply_reports(session, foreign, [world.report(job_id=job_id, version=9, name="stolen")])
        seen = PrinterReport(
            printer_id=world.here.printer_id, seen_at=world.clock.now(), reachable=True, state="stopped"
        )
        await printers.report(session, foreign, [seen])
        computer = await computers.note_presence(
            session, foreign, Hello(version="1", computer_name="x", platform="y"), sync_after=30
        )
        desired = await queues.desired_state(session, foreign, computer, world.vault, held="")
    assert desired is not None
    assert {queue.queue_id for queue in desired.queues} == {world.there.queue_id}
    assert desired.printers == ()
    assert desired.accounts == ()
    async with world.database.reading() as session:
        assert [order.order_id for order in await jobs.open_orders(session, world.here.agent)] == [order_id]
        assert (await jobs.get_job(session, world.here.user, job_id)).job.name == "Report.pdf"
        assert (await printers.get_printer(session, world.here.user, world.here.printer_id)).state == "unknown"


async def test_renewal_is_for_the_own_computer_only(world: World) -> None:
    mixed = AgentPrincipal(world.there.tenant_id, world.here.agent.computer_id, "mixed", "1")
    with pytest.raises(Exception, match="No row"):
        async with world.database.writing() as session:
            await computers.renew(session, world.authority, mixed, RenewRequest(certificate_request=""))


def test_every_function_with_a_principal_stands_in_a_table() -> None:
    faces: list[ModuleType] = [audit, identity, networks, computers, printers, queues, searches, jobs, routes]
    found = {function for face in faces for function in _taking(face, "Principal")}
    assert found == {case.function for case in CASES} | OF_ONESELF
    assert {function for face in faces for function in _taking(face, "AgentPrincipal")} == OF_AGENTS


def _taking(face: ModuleType, kind: str) -> Iterator[Callable[..., Any]]:
    for name in face.__all__:
        function = getattr(face, name)
        if inspect.iscoroutinefunction(function):
            parameters = inspect.signature(function).parameters.values()
            if any(str(parameter.annotation) == kind for parameter in parameters):
                yield function
