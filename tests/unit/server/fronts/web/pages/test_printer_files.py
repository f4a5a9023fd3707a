"""Printers out to files and in from them."""

from __future__ import annotations

import httpx2

from presswork.server.fronts.web.cookies import form_token
from presswork.testing.html import Html
from unit.server.fronts.web.house import Browser, House


async def choose(browser: Browser, data: bytes) -> httpx2.Response:
    """Send a file as a browser does."""
    return await browser.client.post(
        "/printers/import",
        data={"form_token": form_token(browser.secret)},
        files={"file": ("printers.csv", data, "text/csv")},
    )


async def test_a_file_is_looked_at_first_and_loaded_then(house: House) -> None:
    assert "/printers/import" in (await house.ada.page("/printers")).links()
    await house.ada.page("/printers/import")
    answer = await choose(house.ada, "\ufeffname;device_uri\r\nLab;ipp://192.0.2.9\r\nKitchen;\r\n".encode())
    assert answer.status_code == 200
    look = Html(answer.text)
    assert "Load it: add 1, change 0" in look.text
    assert "Lab" not in (await house.ada.page("/printers")).text
    after = await house.ada.done("/printers/import", text="name;device_uri\r\nLab;ipp://192.0.2.9\r\nKitchen;\r\n")
    assert "1 printer added, 0 changed." in after.text
    assert "Lab" in after.text
    again = await choose(house.ada, b"name\r\nLab\r\n")
    assert "There is nothing to do." in Html(again.text).text


async def test_wrong_rows_are_shown_and_nothing_can_be_loaded(house: House) -> None:
    answer = await choose(house.ada, b"name,device_uri\r\nLab,\r\n<b>,http://x\r\n")
    page = Html(answer.text)
    assert "2 rows cannot be loaded" in page.text
    assert "Row 2" in page.text
    assert page.all("textarea") == []


async def test_what_is_no_such_file_is_explained(house: House) -> None:
    for data, words in (
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"address\r\n", "“name” is missing"),
        (b'name\r\n"open', "is no line of a CSV file"),
    ):
        answer = await choose(house.ada, data)
        assert answer.status_code == 400
        assert words in Html(answer.text).text
    answer = await choose(house.ada, b"x" * (9 * 1024 * 1024))
    assert answer.status_code == 413


async def test_all_are_saved_as_csv(house: House) -> None:
    answer = await house.ada.get("/printers/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeffid,name,")
    assert "Kitchen" in answer.text


async def test_both_are_for_administrators(house: House) -> None:
    assert (await house.bob.get("/printers/export")).status_code == 403
    assert (await choose(house.bob, b"name\r\n")).status_code == 403
