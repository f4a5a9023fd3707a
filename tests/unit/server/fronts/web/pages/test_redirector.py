"""A redirector: names there, and legacy systems."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from presswork.core.clock import system_randomness
from presswork.core.ids import uuid7
from presswork.protocols.control.agent import JobReport
from presswork.protocols.control.route import declared_account
from presswork.server import jobs, queues
from presswork.server.computers import Computer
from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def redirector(house: House) -> str:
    """The page of a computer that is one now, and has the queue ledger."""
    computer = f"/computers/{house.organisation.agent.computer_id}"
    await house.ada.done(computer, redirector="yes")
    async with house.organisation.context.database.writing() as session:
        await session.execute(update(Computer).values(host_queues=("ledger",)))
    return f"{computer}/redirector"


async def test_names_and_inward_queues_come_and_go(house: House) -> None:
    page = await redirector(house)
    assert page in (await house.ada.page(page.removesuffix("/redirector"))).links()
    await house.ada.done(page + "/naming", rule="upn", domain="corp.example")
    await house.ada.done(page + "/names", email="bob@example.org", name="b<b>1</b>")
    shown = await house.ada.done(
        page + "/inward",
        queue="Office",
        lpd="yes",
        socket_port="9100",
        allowed="192.0.2.7, 198.51.100.0/24",
        owner="office",
    )
    for words in ("b<b>1</b>", "LPR", "RAW at 9100", "192.0.2.7/32, 198.51.100.0/24", "office"):
        assert words in shown.text
    for form in shown.all("form"):
        if form["action"].endswith("/remove"):
            shown = await house.ada.done(form["action"])
    assert "b<b>1</b>" not in shown.text
    assert "RAW at 9100" not in shown.text


@pytest.mark.parametrize(
    ("form", "fields", "words"),
    [
        ("/naming", {"rule": "upn", "domain": ""}, "must not be empty"),
        ("/naming", {}, "Choose what people are called"),
        ("/names", {"email": "nobody@example.org", "name": "n"}, "There is nobody"),
        ("/names", {"email": "bob@example.org", "name": ""}, "must not be empty"),
        ("/inward", {"queue": "Nowhere", "lpd": "yes", "allowed": "192.0.2.7"}, "There is no queue"),
    ],
)
async def test_what_is_wrong_is_said_where_it_is(house: House, form: str, fields: dict[str, str], words: str) -> None:
    answer = await house.ada.post(await redirector(house) + form, **fields)
    assert answer.status_code == 400
    assert words in Html(answer.text).text


async def test_a_form_that_is_refused_leaves_the_rule_as_it_is(house: House) -> None:
    page = await redirector(house)
    await house.ada.done(page + "/naming", rule="upn", domain="corp.example")
    answer = await house.ada.post(page + "/inward", queue="Nowhere", lpd="yes", allowed="192.0.2.7")
    shown = Html(answer.text)
    assert [one["value"] for one in shown.all("input") if one.get("name") == "rule" and "checked" in one] == ["upn"]
    assert [one["value"] for one in shown.all("input") if one.get("name") == "domain"] == ["corp.example"]


async def test_a_queue_of_a_redirector_is_offered_as_an_address(house: House) -> None:
    page = await redirector(house)
    uri = f"redirector://{page.split('/')[2]}/ledger"
    assert uri in (await house.ada.get("/printers/add")).text
    shown = await house.ada.done("/printers/add", name="Ledger", device_uri=uri)
    assert "Queue of a print server" in shown.text
    pages = [await house.ada.page(link) for link in shown.links() if link.removeprefix("/printers/").count("-") == 4]
    assert any("ledger on" in one.text and "only the print server sees it" in one.text for one in pages)
    answer = await house.ada.post("/printers/add", name="Other", device_uri=uri.replace("ledger", "other"))
    assert "has told of no queue other" in Html(answer.text).text


async def test_only_queues_of_this_computer_are_suggested(house: House) -> None:
    page = await redirector(house)
    await house.ada.done("/networks/add", name="Elsewhere")
    await house.ada.done("/queues/add", name="Faraway", mode="hold", automatic="yes")
    suggested = [one["value"] for one in (await house.ada.page(page)).all("option")]
    assert {"Office", "Faraway"} <= set(suggested)
    async with house.organisation.context.database.reading() as session:
        found = await queues.find_queue(session, house.organisation.people["ada"].principal, "Faraway")
    await house.ada.done(f"/queues/{found.id}/networks", network="Elsewhere")
    shown = await house.ada.done(page + "/inward", queue="Faraway", lpd="yes", allowed="192.0.2.7")
    assert "Faraway" not in [one["value"] for one in shown.all("option")]
    assert "does not stand on this computer" in shown.text


async def test_an_owner_whom_nobody_is_called_is_told(house: House) -> None:
    page = await redirector(house)
    wanted = {"queue": "Office", "lpd": "yes", "allowed": "192.0.2.7", "owner": "ada"}
    assert "Nobody is called ada there" in (await house.ada.done(page + "/inward", **wanted)).text
    assert "Nobody is called" not in (await house.ada.done(page + "/naming", rule="account")).text


async def test_documents_of_nobody_are_seen_by_their_names(house: House) -> None:
    page, organisation = await redirector(house), house.organisation
    assert "names that nobody has" not in (await house.ada.page(page)).text
    clock = organisation.context.clock
    report = {
        "job_id": uuid7(clock, system_randomness),
        "version": 1,
        "queue_id": organisation.queue_id,
        "account": declared_account("e<b>ve", "LPR"),
        "owner_proof": "declared",
        "name": "Payroll",
        "document_format": "application/pdf",
        "size": 1000,
        "state": "pending-held",
        "state_reasons": ["account-info-needed"],
        "document_kept": True,
        "created_at": clock.now(),
    }
    async with organisation.context.database.writing() as session:
        await jobs.apply_reports(session, organisation.agent, [JobReport.model_validate(report)])
    shown = (await house.ada.page(page)).text
    assert "names that nobody has" in shown
    assert "e<b>ve, by LPR" in shown
    assert "1 document" in shown


async def test_others_have_no_business_here(house: House) -> None:
    page = await redirector(house)
    assert (await house.bob.get(page)).status_code == 403
    assert (await house.stranger.get(page)).status_code == 303
    assert (await house.bob.post(page + "/naming", rule="email")).status_code == 403
