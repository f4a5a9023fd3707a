"""The page behind the code on a printer."""

from __future__ import annotations

from presswork.server import jobs, printers
from unit.server.fronts.web.house import House


async def sign_of(house: House, number: int = 0) -> str:
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        found = await session.get_one(printers.Printer, organisation.printers[number])
    return found.sign


async def released(house: House) -> list[tuple[object, object]]:
    async with house.organisation.context.database.reading() as session:
        orders = await jobs.open_orders(session, house.organisation.agent)
    return [(order.job_id, order.printer_id) for order in orders if order.kind == "release"]


async def test_one_document_is_printed_where_one_stands(house: House) -> None:
    path = f"/at/{await sign_of(house)}"
    first = await house.organisation.document("First.pdf")
    await house.organisation.document("Second.pdf")
    page = await house.bob.page(path.lower())
    assert "You stand at this printer." in page.text
    assert "Kitchen" in page.text
    after = await house.bob.done(path, job_id=str(first))
    assert "1 document released to Kitchen." in after.text
    assert await released(house) == [(first, house.organisation.printers[0])]


async def test_all_that_wait_are_printed_oldest_first(house: House) -> None:
    path = f"/at/{await sign_of(house, 1)}"
    first = await house.organisation.document("First.pdf")
    second = await house.organisation.document("Second.pdf")
    ended = await house.organisation.document("Failed.pdf", state="aborted", outcome="not-printed", printer=1)
    page = await house.bob.page(path)
    assert page.all("button", id="print-all") != []
    assert {button["value"] for button in page.all("button", name="job_id")} == {str(first), str(second)}
    assert [button["value"] for button in page.all("button", name="again")] == [str(ended)]
    assert "2 documents released" in (await house.bob.done(path)).text
    printer = house.organisation.printers[1]
    assert await released(house) == [(first, printer), (second, printer)]
    assert "in the meantime" in (await house.bob.done(path, job_id=str(ended))).text
    assert "1 document released" in (await house.bob.done(path, again=str(ended))).text


async def test_nothing_waits(house: House) -> None:
    page = await house.bob.page(f"/at/{await sign_of(house)}")
    assert "Nothing is waiting" in page.text


async def test_a_document_that_is_gone_says_so(house: House) -> None:
    gone = await house.organisation.document("Gone.pdf", state="completed", outcome="printed", kept=False, printer=0)
    after = await house.bob.done(f"/at/{await sign_of(house)}", job_id=str(gone))
    assert "The document is destroyed. Print it again." in after.text


async def test_somebody_elses_document_is_not_there(house: House) -> None:
    theirs = await house.organisation.document("Theirs.pdf")
    answer = await house.carla.post(f"/at/{await sign_of(house)}", job_id=str(theirs))
    assert answer.status_code == 404
    assert await released(house) == []


async def test_an_unknown_sign_says_what_to_do(house: House) -> None:
    answer = await house.bob.get("/at/XXXXX")
    assert answer.status_code == 404
    assert "No printer has this sign." in answer.text


async def test_whoever_is_not_signed_in_comes_back_here(house: House) -> None:
    path = f"/at/{await sign_of(house)}"
    answer = await house.stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path}"
