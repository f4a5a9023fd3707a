"""Looking back."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from presswork import server
from presswork.server.fronts.web.pages.records import ACTIONS
from unit.server.fronts.web.house import House


async def test_who_printed_what(house: House) -> None:
    put = house.organisation.document
    await put("Report.pdf", owner="bob", state="completed", outcome="printed", kept=False, printer=0)
    await put("Letter.pdf", owner="carla")
    everybody = await house.ada.page("/all-jobs")
    for words in ("Report.pdf", "Bob Babbage", "Printed", "Kitchen", "Letter.pdf", "Carla Cray", "Waits for release"):
        assert words in everybody.text
    bob = house.organisation.people["bob"].principal.user_id
    of_bob = await house.ada.page(f"/all-jobs?person={bob}")
    assert "Report.pdf" in of_bob.text
    assert "Letter.pdf" not in of_bob.text
    assert (await house.ada.page("/all-jobs?person=")).text == everybody.text


async def test_a_long_history_has_pages(house: House) -> None:
    for number in range(51):
        await house.organisation.document(f"Number {number}.pdf", age=timedelta(minutes=60 - number))
    bob = house.organisation.people["bob"].principal.user_id
    first = await house.ada.page(f"/all-jobs?person={bob}")
    assert "Number 0.pdf" not in first.text
    onward = next(link for link in first.links() if "before=" in link)
    second = await house.ada.page(onward)
    assert "Number 0.pdf" in second.text
    assert "Number 50.pdf" not in second.text
    assert [option["value"] for option in second.all("option") if "selected" in option] == [str(bob)]


async def test_who_did_what(house: House) -> None:
    await house.ada.done("/printers/add", name="Lab", device_uri="ipp://192.0.2.1")
    text = (await house.ada.page("/audit")).words
    assert "Ada Lovelace added the printer Lab." in text
    assert "Ada Lovelace set up this installation." in text
    assert "Bob Babbage signed in." in text


async def test_the_audit_has_pages(house: House) -> None:
    for _ in range(60):
        await house.ada.post("/computers/add")
    first = await house.ada.page("/audit")
    onward = next(link for link in first.links() if "before=" in link)
    assert "set up this installation" not in first.text
    assert "set up this installation" in (await house.ada.page(onward)).text


def test_every_action_of_the_services_has_its_words() -> None:
    source = "\n".join(file.read_text("utf-8") for file in Path(server.__file__).parent.glob("*/*.py"))
    recorded = set(
        re.findall(r"(?:record|record_each|_changed)\(\s*\w+,(?:\s*[\w.]+,)+\s*\"([a-z-]+\.[a-z-]+)\"", source)
    )
    for either in re.findall(r'action = "([a-z.-]+)" if \w+ else "([a-z.-]+)"', source):
        recorded |= set(either)
    assert len(recorded) > 15
    assert recorded == set(ACTIONS)
