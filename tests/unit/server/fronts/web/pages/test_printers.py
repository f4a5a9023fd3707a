"""Printers."""

from __future__ import annotations

from urllib.parse import quote

from presswork.protocols.control.device import Supply, Tray
from presswork.protocols.control.words import PrinterReport
from presswork.server import printers
from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def shows(house: House, certificate: str) -> None:
    """The agent sees this certificate at the printer in the kitchen."""
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        report = PrinterReport(
            printer_id=organisation.printers[0],
            seen_at=session.now(),
            reachable=True,
            state="stopped",
            state_reasons=("media-jam-error",),
            certificate_sha256=certificate,
        )
        await printers.report(session, organisation.agent, [report])


async def test_the_list_tells_how_they_are(house: House) -> None:
    text = (await house.ada.page("/printers")).text
    for words in ("Kitchen", "Ready", "Ricoh IM C3000", "Reception", "Not looked at yet", "Not encrypted"):
        assert words in text


async def test_adding_changing_removing(house: House) -> None:
    after = await house.ada.done("/printers/add", name="Lab", location="", device_uri="IPPS://Lab.example.org")
    assert "Lab is added." in after.text
    known = {f"/printers/{printer}" for printer in house.organisation.printers}
    path = next(link for link in after.links() if link.startswith("/printers/0") and link not in known)
    page = await house.ada.page(path)
    assert page.all("input", name="device_uri")[0]["value"] == "ipps://lab.example.org/ipp/print"
    after = await house.ada.done(path, name="Lab 2", location="Cellar", device_uri="socket://192.0.2.7:9100")
    assert "Lab 2 is changed." in after.text
    assert "Remove Lab 2?" in (await house.ada.page(path + "/remove")).text
    assert "Lab 2" not in (await house.ada.done(path + "/remove")).text


async def test_a_wrong_address_is_explained_beside_it(house: House) -> None:
    for path in ("/printers/add", f"/printers/{house.organisation.printers[0]}"):
        answer = await house.ada.post(path, name="Lab", location="", device_uri="http://printer")
        assert answer.status_code == 400
        page = Html(answer.text)
        assert page.all("input", name="device_uri")[0]["aria-invalid"] == "true"
        assert page.all("input", name="device_uri")[0]["value"] == "http://printer"
        assert "must begin with ipps://" in page.text


async def test_a_weak_way_is_shown_as_weak_and_a_better_one_takes_its_place(house: House) -> None:
    path = f"/printers/{house.organisation.printers[0]}"
    weak = "lpd://lab.example.org/print"
    await house.ada.done(path, name="Lab", location="", device_uri=weak, more_ways="")
    page = await house.ada.page(path)
    assert "Not encrypted" in page.text
    assert "it does not say whether it printed" in page.text
    await house.ada.done(
        path, name="Lab", location="", device_uri=weak, more_ways="socket://lab ipps://lab.example.org"
    )
    page = await house.ada.page(path)
    assert "Not encrypted" not in page.text
    assert page.all("input", name="device_uri")[0]["value"] == "ipps://lab.example.org/ipp/print"
    assert page.all("input", name="more_ways")[0]["value"] == f"socket://lab {weak}"
    answer = await house.ada.post(path, name="Lab", location="", device_uri=weak, more_ways="socket://lab http://lab")
    assert answer.status_code == 400
    assert Html(answer.text).all("input", name="more_ways")[0]["aria-invalid"] == "true"


async def test_a_changed_certificate_is_shown_and_accepted_in_one_click(house: House) -> None:
    path = f"/printers/{house.organisation.printers[0]}"
    await shows(house, "cd" * 32)
    assert "Certificate changed" in (await house.ada.page("/printers")).text
    page = await house.ada.page(path)
    assert "ABAB ABAB" in page.text
    assert "CDCD CDCD" in page.text
    assert "paper jam" in page.text
    looked_at = page.all("input", name="certificate_sha256")[0]["value"]
    await shows(house, "ef" * 32)
    refused = await house.ada.post(path + "/certificate", certificate_sha256=looked_at)
    assert refused.status_code == 409
    assert "yet another certificate" in Html(refused.text).text
    after = await house.ada.done(path + "/certificate", certificate_sha256="ef" * 32)
    assert "is trusted from now on" in after.text
    assert after.all("input", name="certificate_sha256") == []


async def test_a_printer_that_a_queue_needs_stays(house: House) -> None:
    printer = str(house.organisation.printers[1])
    await house.ada.done("/queues/add", name="Desk", mode="direct", printer=printer)
    answer = await house.ada.post(f"/printers/{printer}/remove")
    assert answer.status_code == 409
    assert "A queue prints directly to this printer." in Html(answer.text).text


async def test_a_long_list_has_a_next_page(house: House) -> None:
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        for number in range(101):
            await printers.add_printer(
                session, organisation.people["ada"].principal, name=f"P{number:03}", device_uri="ipp://192.0.2.1"
            )
    first = await house.ada.page("/printers")
    onward = next(link for link in first.links() if "after=" in link)
    assert "Reception" not in first.text
    assert "Reception" in (await house.ada.page(onward)).text


async def test_a_printers_page_says_what_the_printer_says(house: House) -> None:
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        report = PrinterReport(
            printer_id=organisation.printers[0],
            seen_at=session.now(),
            reachable=True,
            state="idle",
            serial_number="SN<42>",
            firmware="V1.2",
            mac="00:11:22:33:44:55",
            impressions=12345,
            trays=(Tray(name="Tray 1", media="iso_a4_210x297mm", level=200, capacity=250), Tray(name="Tray 2")),
            supplies=(Supply(name="Black", level=9, colour="#000000"), Supply(name="Drum <b>")),
            answers_to=("ipp", "snmp"),
        )
        await printers.report(session, organisation.agent, [report])
    answer = await house.ada.get(f"/printers/{organisation.printers[0]}")
    text = Html(answer.text).text
    for words in ("SN<42>", "12,345 sides", "V1.2", "about 200 of 250 sheets", "A4", "9 %", "Drum <b>", "not known"):
        assert words in text
    assert "IPP and SNMP" in text
    assert organisation.agent.computer_name in text
    assert answer.text.count("<rect") == 3, "what is not known has no bar, only a rail"


async def test_those_that_need_somebody_come_first(house: House) -> None:
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        await printers.add_printer(
            session, organisation.people["ada"].principal, name="Zeta", device_uri="ipp://zeta.example.org"
        )
        found = await printers.list_printers(session, organisation.people["ada"].principal)
        zeta = next(one for one in found if one.name == "Zeta")
        seen = PrinterReport(printer_id=zeta.id, seen_at=session.now(), reachable=False)
        await printers.report(session, organisation.agent, [seen])
    names = [one for one in (await house.ada.page("/printers")).text.split("\n") if "Zeta" in one or "Kitchen" in one]
    assert "Zeta" in names[0]
    for after in ("2.Kitchen", "x", "9", "0.", "1.\x00"):
        assert (await house.ada.get("/printers?after=" + quote(after))).status_code == 200
