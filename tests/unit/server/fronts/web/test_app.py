"""Every page: who may see it, that only forms of ours change anything, and what a fault looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from presswork.protocols.control.search import FoundDevice, SearchReport
from presswork.server import identity, networks, searches
from presswork.server.fronts.web.cookies import form_token
from presswork.server.fronts.web.pages import PAGES
from presswork.server.fronts.web.visit import Page
from presswork.server.printers import Printer
from presswork.server.schema import metadata
from presswork.server.tenants import Role
from presswork.testing.html import Html, complaints
from unit.server.fronts.web.house import House

HAVING_GET = [page for page in PAGES if page.get]
HAVING_POST = [page for page in PAGES if page.post]


def by_path(page: Page) -> str:
    return page.path


def filled(page: Page, values: Mapping[str, UUID | str]) -> str:
    """The path with things that exist, or with ids that nothing has."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: str(values.get(found[1], uuid4())), page.path)


NO_PAGES = {"/jobs", "/printers/export"}
"""One leads elsewhere, one is a file."""


async def places(house: House) -> dict[str, object]:
    """A network with a mark in a site, and a group with a member."""
    who = house.organisation.people["ada"].principal
    async with house.organisation.context.database.writing() as session:
        site = await networks.add_site(session, who, name="Site")
        network = await networks.add_network(session, who, name="Network", site_id=site.id)
        mark = await networks.add_mark(session, who, network.id, kind="cidr", value="192.0.2.0/24")
        group = await identity.add_group(session, who, name="Group")
        member = await identity.add_person_to_group(session, who, group.id, "bob@example.org")
    return {
        "site_id": site.id,
        "network_id": network.id,
        "mark_id": mark.id,
        "group_id": group.id,
        "member_id": member.id,
    }


async def things(house: House) -> dict[str, UUID | str]:
    """One of everything that has a page."""
    organisation = house.organisation
    bob = await house.bob.page("/account")
    binding = next(link for link in bob.links() if link.endswith("/remove")).split("/")[3]
    async with organisation.context.database.reading() as session:
        sign = (await session.get_one(Printer, organisation.printers[0])).sign
    found, search = await _found(house)
    return {
        "job_id": await organisation.document("Report.pdf"),
        "printer_id": organisation.printers[0],
        "queue_id": organisation.queue_id,
        **await places(house),
        "computer_id": organisation.agent.computer_id,
        "user_id": organisation.people["carla"].principal.user_id,
        "binding_id": binding,
        "token": "no-such-token",
        "sign": sign,
        "found_id": found,
        "search_id": search,
    }


async def _found(house: House) -> tuple[UUID, UUID]:
    organisation = house.organisation
    device = FoundDevice(host="192.0.2.7", ways=("ipp://192.0.2.7/ipp/print",))
    async with organisation.context.database.writing() as session:
        ada, agent = organisation.people["ada"].principal, organisation.agent
        search = await searches.start_search(session, ada, computer_id=agent.computer_id)
        told = SearchReport(search_id=search.id, asked=1, total=2, devices=(device,))
        await searches.report_searches(session, agent, [told])
        return (await searches.list_found(session, ada))[0].id, search.id


async def everything(house: House) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    async with house.organisation.context.database.reading() as session:
        return {
            table.name: sorted(map(tuple, (await session.execute(table.select())).all()), key=repr)
            for table in metadata().sorted_tables
        }


async def test_without_a_sign_in_every_page_leads_to_the_door(house: House) -> None:
    before = await everything(house)
    for page in PAGES:
        path = filled(page, {})
        if page.role is None:
            continue
        if page.get:
            answer = await house.stranger.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path}")
        if page.post:
            answer = await house.stranger.post(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), path
    assert await everything(house) == before


async def test_a_session_that_is_over_is_no_session(house: House) -> None:
    house.bob.client.cookies.set("presswork", "made up", domain="print.example.org")
    answer = await house.bob.get("/jobs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/jobs")
    assert 'presswork=""' in answer.headers["set-cookie"]


async def test_what_is_for_administrators_is_not_for_users(house: House) -> None:
    values = await things(house)
    before = await everything(house)
    for page in PAGES:
        if page.role is None or Role.USER.includes(page.role):
            continue
        path = filled(page, values)
        if page.get:
            answer = await house.bob.get(path)
            assert answer.status_code == 403, path
            assert "administrator" in Html(answer.text).text
        if page.post:
            assert (await house.bob.post(path)).status_code == 403, path
    assert await everything(house) == before


async def test_every_page_opens_and_keeps_the_rules(house: House) -> None:
    values = await things(house)
    sprite = await house.ada.get(re.sub("#.*", "", (await house.ada.page("/overview")).all("use")[0]["href"]))
    for browser, its in ((house.ada, {"/jobs/", "/account/computers/"}), (house.bob, {"/jobs/", "/account"})):
        for page in HAVING_GET:
            mine = browser is house.bob and page.role is Role.USER
            others = (
                browser is house.ada and page.role is not None and not any(page.path.startswith(one) for one in its)
            )
            if not (mine or others) or page.path in NO_PAGES:
                continue
            found = await browser.page(filled(page, values))
            assert "Presswork" in found.text
            for use in found.all("use"):
                assert f'id="{use["href"].partition("#")[2]}"' in sprite.text, use
    assert complaints((await house.stranger.get("/sign-in")).text) == []


async def test_looking_changes_nothing(house: House) -> None:
    values = await things(house)
    before = await everything(house)
    for browser in (house.ada, house.bob, house.stranger):
        for page in HAVING_GET:
            await browser.get(filled(page, values))
            await browser.get(filled(page, {}) + "?code=BCDF-GHJK&before=x&after=x&person=x&next=/")
    assert await everything(house) == before


@pytest.mark.parametrize("given", ["", "0" * 64, "of another person", "of nobody"])
async def test_a_form_that_is_not_ours_is_refused(house: House, given: str) -> None:
    tokens = {
        "of another person": form_token(house.organisation.people["bob"].token),
        "of nobody": form_token(""),
    }
    values = await things(house)
    before = await everything(house)
    for page in HAVING_POST:
        answer = await house.ada.post(filled(page, values), form_token=tokens.get(given, given))
        assert answer.status_code == 403, page.path
        assert "not valid any more" in Html(answer.text).text
        assert "Please do it once more" in Html(answer.text).text
        if page.role is None:
            assert (await house.stranger.post(filled(page, values), form_token=given)).status_code == 403
    assert await everything(house) == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_sent_by_another_site_is_refused(house: House, site: str) -> None:
    house.ada.client.headers["sec-fetch-site"] = site
    answer = await house.ada.post("/printers/add", name="X", device_uri="ipp://192.0.2.1")
    assert answer.status_code == 403


async def test_what_is_not_a_form_is_refused(house: House) -> None:
    answer = await house.ada.client.post("/printers/add", json={"form_token": form_token(house.ada.secret)})
    assert answer.status_code == 400
    assert complaints(answer.text) == []


async def test_documents_of_others_do_not_exist(house: House) -> None:
    job_id = await house.organisation.document("Secret plan.pdf", owner="bob")
    before = await everything(house)
    for browser in (house.carla, house.ada):
        assert "Secret plan" not in (await browser.page("/")).text
        for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/delete"):
            answer = await browser.get(path)
            assert answer.status_code == 404
            assert "Secret plan" not in answer.text
        printer = str(house.organisation.printers[0])
        assert (await browser.post(f"/jobs/{job_id}/release", printer_id=printer)).status_code == 404
        assert (await browser.post(f"/jobs/{job_id}/delete")).status_code == 404
    assert await everything(house) == before


@pytest.mark.parametrize("path", ["/nothing", "/jobs/not-an-id", "/printers/1", "/..%2f", "/static/vendor/stamp"])
async def test_a_page_that_does_not_exist_says_so(house: House, path: str) -> None:
    for browser, onward in ((house.bob, "To my documents"), (house.stranger, "To the sign-in")):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert complaints(answer.text) == []
        assert onward in Html(answer.text).text


async def test_a_page_that_only_takes_a_form_cannot_be_opened_and_the_other_way_round(house: House) -> None:
    for page in PAGES:
        if page.get is None:
            assert (await house.ada.get(filled(page, {}))).status_code == 404, page.path
        if page.post is None:
            assert (await house.ada.post(filled(page, {}))).status_code == 404, page.path
    assert (await house.ada.post("/nothing")).status_code == 404


async def test_what_programs_ask_for_is_answered_for_programs(house: House) -> None:
    answer = await house.stranger.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_failure_is_a_page_without_its_insides(house: House) -> None:
    async with house.organisation.context.database.writing() as session:
        await session.execute(text("DROP TABLE queues"))
    answer = await house.ada.get("/queues")
    assert answer.status_code == 500
    assert complaints(answer.text) == []
    assert answer.headers["x-request-id"] in answer.text
    assert not re.search("Traceback|queues|sqlite|File ", answer.text)


async def test_a_live_part_whose_session_is_over_sends_the_browser_to_the_door(house: House) -> None:
    answer = await house.stranger.get("/", **{"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"], answer.text) == (401, "/sign-in", "")


async def test_every_answer_keeps_the_browser_safe(house: House) -> None:
    for path in ("/", "/sign-in", "/nothing"):
        answer = await house.stranger.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
