"""One request: messages between pages, and forms shown again."""

from __future__ import annotations

from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def test_a_message_is_shown_on_the_next_page_and_not_again(house: House) -> None:
    after = await house.ada.done("/queues/add", name="Lab", mode="hold")
    assert "Lab is added" in after.text
    assert "Lab is added" not in (await house.ada.page("/queues")).text


async def test_a_live_part_does_not_take_the_message_of_the_next_page(house: House) -> None:
    await house.ada.post("/queues/add", name="Lab", mode="hold")
    live = await house.ada.get("/", **{"hx-request": "true"})
    assert "Lab is added" not in live.text
    assert "Lab is added" in (await house.ada.page("/queues")).text


async def test_what_was_typed_is_kept_beside_what_is_wrong(house: House) -> None:
    answer = await house.ada.post("/printers/add", name="Kitchen", location="Here", device_uri="ipp://192.0.2.3")
    assert answer.status_code == 409
    page = Html(answer.text)
    assert page.all("input", name="name")[0]["aria-invalid"] == "true"
    assert page.all("input", name="location")[0]["value"] == "Here"
    assert "There is a printer with this name already." in page.text


async def test_a_number_that_is_none_is_refused_in_words(house: House) -> None:
    answer = await house.ada.get("/audit?before=1")
    assert answer.status_code == 400
    assert "Open the list again" in Html(answer.text).text
