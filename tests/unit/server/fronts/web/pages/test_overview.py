"""The administrator's first look."""

from __future__ import annotations

from datetime import timedelta

from presswork.protocols.control.words import PrinterReport
from presswork.server import printers
from unit.server.fronts.web.house import House


async def test_it_counts_and_shows_what_needs_a_look(house: House) -> None:
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        report = PrinterReport(
            printer_id=organisation.printers[1],
            seen_at=session.now(),
            reachable=True,
            state="stopped",
            state_reasons=("media-empty-error",),
        )
        await printers.report(session, organisation.agent, [report])
    await organisation.document(
        "Report.pdf", state="completed", outcome="printed", kept=False, pages=7, copies=3, age=timedelta(0)
    )
    text = (await house.ada.page("/overview")).words
    assert "Printers 2 1 needs a look" in text
    assert "Computers 1 1 online" in text
    assert "Out of paper" in text
    assert "Pages today 21 1 document" in text
    assert "Bob Babbage" in text
    assert "Three steps" not in text


async def test_a_new_installation_is_led_by_the_hand(house: House) -> None:
    await house.ada.post(f"/computers/{house.organisation.agent.computer_id}/remove")
    page = await house.ada.page("/overview")
    assert "Three steps and people can print" in page.text
    assert "/computers/add" in page.links()
