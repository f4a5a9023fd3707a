"""My documents."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import OrderAnswer
from presswork.server import jobs, printers
from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def orders(house: House) -> tuple[tuple[str, UUID, UUID | None], ...]:
    organisation = house.organisation
    async with organisation.context.database.reading() as session:
        found = await jobs.open_orders(session, organisation.agent)
    return tuple((order.kind, order.job_id, order.printer_id) for order in found)


async def test_nothing_there_says_how_to_print(house: House) -> None:
    page = await house.bob.page("/")
    assert "Nothing is waiting" in page.text
    assert "choose Print" in page.text
    assert page.all("form", id="release") == []


async def test_documents_stand_where_they_belong(house: House) -> None:
    put = house.organisation.document
    waiting = await put("Waiting.pdf", pages=12, copies=2, sides="two-sided-long-edge")
    printing = await put("Printing.pdf", state="processing", printer=0)
    failed = await put("Failed.pdf", state="aborted", outcome="not-printed", printer=1)
    printed = await put("Printed.pdf", state="completed", outcome="printed", kept=False, printer=0)
    page = await house.bob.page("/")
    text = page.text
    places = [text.index(name) for name in ("Printing.pdf", "Waiting.pdf", "Failed.pdf", "Recent", "Printed.pdf")]
    assert places == sorted(places)
    assert "12 pages, 2 copies, both sides" in text
    assert "1 document waits for you" in text
    prints = {button["id"] for button in page.all("button", form="release")}
    assert prints == {f"print-{waiting}", f"print-{failed}"}
    assert f"/jobs/{printing}/delete" in page.links()
    assert f"/jobs/{printed}/delete" not in page.links()


async def test_releasing_orders_it_printed_where_one_chose(house: House) -> None:
    job_id = await house.organisation.document("Report.pdf")
    page = await house.bob.page("/")
    button = page.all("button", form=page.all("form", id="release")[0]["id"])[0]
    printer = house.organisation.printers[1]
    after = await house.bob.done(button["formaction"], printer_id=str(printer))
    assert "Released to Reception." in after.text
    assert "On its way" in after.text
    assert await orders(house) == (("release", job_id, printer),)
    again = await house.bob.done(button["formaction"], printer_id=str(printer))
    assert "Released to Reception." in again.text
    assert len(await orders(house)) == 1


@pytest.mark.parametrize("printer_id", ["", "x", "../x"])
async def test_releasing_without_a_printer_says_so(house: House, printer_id: str) -> None:
    job_id = await house.organisation.document("Report.pdf")
    after = await house.bob.done(f"/jobs/{job_id}/release", printer_id=printer_id)
    assert "Choose a printer first." in after.text
    assert await orders(house) == ()


async def test_what_cannot_be_released_any_more_says_why(house: House) -> None:
    job_id = await house.organisation.document("Gone.pdf", state="canceled", kept=False)
    after = await house.bob.done(f"/jobs/{job_id}/release", printer_id=str(house.organisation.printers[0]))
    assert "The document is destroyed." in after.text
    deleted = await house.bob.done(f"/jobs/{job_id}/delete")
    assert "destroyed already" in deleted.text


async def test_deleting_asks_first(house: House) -> None:
    job_id = await house.organisation.document("Report.pdf")
    path = f"/jobs/{job_id}/delete"
    asked = await house.bob.page(path)
    assert "Delete Report.pdf?" in asked.text
    assert await orders(house) == ()
    after = await house.bob.done(path)
    assert "Being deleted" in after.text
    assert await orders(house) == (("delete", job_id, None),)


async def test_what_prints_is_stopped_rather_than_deleted(house: House) -> None:
    job_id = await house.organisation.document("Report.pdf", state="processing", printer=0)
    assert "Stop Report.pdf?" in (await house.bob.page(f"/jobs/{job_id}/delete")).text


async def test_the_printer_used_last_is_chosen_already(house: House) -> None:
    await house.organisation.document("Before.pdf", state="completed", outcome="printed", kept=False, printer=1)
    await house.organisation.document("Now.pdf", age=timedelta(minutes=1))
    page = await house.bob.page("/")
    chosen = [option["value"] for option in page.all("option") if "selected" in option]
    assert chosen == [str(house.organisation.printers[1])]


async def test_a_refusal_of_the_holder_is_shown(house: House) -> None:
    organisation = house.organisation
    job_id = await organisation.document("Report.pdf")
    await house.bob.post(f"/jobs/{job_id}/release", printer_id=str(organisation.printers[0]))
    async with organisation.context.database.writing() as session:
        (order,) = await jobs.open_orders(session, organisation.agent)
        answer = OrderAnswer(order_id=order.order_id, done=False, code="conflict", sentence="It is printing already.")
        await jobs.answer_orders(session, organisation.agent, [answer])
    for path in ("/", f"/jobs/{job_id}"):
        assert "It is printing already." in (await house.bob.page(path)).text


async def test_a_document_tells_what_happened_newest_first(house: House) -> None:
    story = (
        (JobEvent.RECEIVED, {"account": "bob", "computer": "bob-laptop"}),
        (JobEvent.HELD, {}),
        (JobEvent.RELEASED, {"printer": "Kitchen"}),
        (JobEvent.PRINTED, {"printer": "Kitchen"}),
    )
    job_id = await house.organisation.document(
        "Report.pdf", state="completed", outcome="printed", kept=False, printer=0, story=story
    )
    page = await house.bob.page(f"/jobs/{job_id}")
    sentences = ("Printed on Kitchen.", "Released to Kitchen.", "Waiting, sealed", "Received from bob on bob-laptop.")
    places = [page.text.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert page.all("button", form="release") == []
    assert len(page.all("time")) == 4


async def test_without_a_printer_documents_still_wait(house: House) -> None:
    for printer in house.organisation.printers:
        await house.ada.post(f"/printers/{printer}/remove")
    await house.organisation.document("Report.pdf")
    page = await house.bob.page("/")
    assert "There is no printer yet." in page.text
    assert page.all("button", form="release") == []


async def test_the_front_door_has_a_second_name(house: House) -> None:
    assert (await house.bob.get("/jobs")).headers["location"] == "/"


async def test_names_of_documents_are_shown_as_text(house: House) -> None:
    name = "<script>alert(1)</script> \"quoted\" 'single' & \u05d0"
    job_id = await house.organisation.document(name)
    for path in ("/", f"/jobs/{job_id}", f"/jobs/{job_id}/delete"):
        assert name in (await house.bob.page(path)).text
    answer = await house.bob.get("/")
    assert "<script>alert" not in answer.text
    assert Html(answer.text).all("script")[0]["src"].startswith("/assets/")


async def test_print_again_says_that_its_person_knows(house: House) -> None:
    job_id = await house.organisation.document("Jam.pdf", state="completed", outcome="unknown", printer=0)
    (button,) = (await house.bob.page("/")).all("button", id=f"print-{job_id}")
    assert (button["name"], button["value"]) == ("again", "1")
    printer_id = str(house.organisation.printers[0])
    old_page = await house.bob.done(f"/jobs/{job_id}/release", printer_id=printer_id)
    assert "in the meantime" in old_page.text
    assert await orders(house) == ()
    await house.bob.done(f"/jobs/{job_id}/release", printer_id=printer_id, again="1")
    assert await orders(house) == (("release", job_id, house.organisation.printers[0]),)


async def test_a_printer_is_found_among_many(house: House) -> None:
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        for number in range(30):
            await printers.add_printer(
                session,
                organisation.people["ada"].principal,
                name=f"Printer {number:02}",
                device_uri="ipp://192.0.2.9",
                location="Tower",
            )
    job_id = await organisation.document("Report.pdf")
    page = await house.bob.page("/")
    assert 2 < len(page.all("option")) <= 12
    assert page.all("input", name="find")
    page = await house.bob.page("/?find=printer+2")
    assert len(page.all("option")) == 10
    page = await house.bob.page(f"/jobs/{job_id}?find=Reception")
    (option,) = [one for one in page.all("option") if "selected" in one]
    assert option["value"] == str(organisation.printers[1])
    page = await house.bob.page("/?find=nowhere")
    assert "No printer has “nowhere”" in page.text


async def test_a_queue_that_asks_offers_its_printer(house: House) -> None:
    organisation = house.organisation
    path = f"/queues/{organisation.queue_id}"
    await house.ada.post(path, mode="ask", printer="Kitchen", automatic="yes")
    job_id = await organisation.document("Report.pdf")
    page = await house.bob.page("/")
    assert "Print now at Kitchen" in page.text
    assert page.all("button", id=f"offer-{job_id}")
    after = await house.bob.done(f"/jobs/{job_id}/release", printer_id=str(organisation.printers[0]))
    assert "Released to Kitchen." in after.text


async def test_a_document_that_was_handed_over_says_where_it_waits(house: House) -> None:
    here = house.organisation
    job_id = await here.document("Plan.pdf", reasons=("job-held-for-release",))
    assert "Waits on" not in (await house.bob.page(f"/jobs/{job_id}")).text
    await here.handed_over(job_id)
    text = (await house.bob.page(f"/jobs/{job_id}")).text
    for said in ("bob on bob-laptop", "Waits on", "Box-1 keeps it from now on, sealed, until you release it."):
        assert said in text
    assert "(offline)" not in text
    assert "on Box-1" in (await house.bob.page("/")).text


async def test_a_site_node_that_is_off_is_said_to_be(house: House) -> None:
    job_id = await house.organisation.document("Plan.pdf", reasons=("job-held-for-release",))
    await house.organisation.handed_over(job_id, online=False)
    assert "Box-1 (offline)" in (await house.bob.page(f"/jobs/{job_id}")).text
    assert "on Box-1 (offline)" in (await house.bob.page("/")).text
