"""Groups."""

from __future__ import annotations

from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def _add(house: House, name: str) -> str:
    return str((await house.ada.post("/groups/add", name=name)).headers["location"])


async def test_people_and_groups_come_and_go(house: House) -> None:
    staff, board = await _add(house, "Staff"), await _add(house, "Board & <b>Sons</b>")
    assert "Nobody is in it" in (await house.ada.page(staff)).text
    await house.ada.done(staff + "/people", email="bob@example.org")
    page = await house.ada.done(staff + "/groups", group="Board & <b>Sons</b>")
    assert "Bob Babbage" in page.text
    assert board in page.links()
    listed = (await house.ada.page("/groups")).text
    assert "1 user" in listed
    assert "1 group" in listed
    for form in page.all("form"):
        if form["action"].endswith("/remove"):
            await house.ada.done(form["action"])
    assert "Bob Babbage" not in (await house.ada.page(staff)).text
    assert "Staff two" in (await house.ada.done(staff, name="Staff two")).text
    assert "Remove the group Staff two?" in (await house.ada.page(staff + "/remove")).text
    assert "Staff two" not in (await house.ada.done(staff + "/remove")).text


async def test_what_is_wrong_is_said_where_it_is(house: House) -> None:
    staff = await _add(house, "Staff")
    for path, fields, status, words in (
        ("/groups/add", {"name": "Staff"}, 409, "already"),
        ("/groups/add", {"name": ""}, 400, "must not be empty"),
        (staff + "/people", {"email": "nobody@example.org"}, 400, "There is nobody"),
        (staff + "/people", {"email": "x"}, 400, "not an e-mail address"),
        (staff + "/groups", {"group": "Nobody"}, 400, "There is no group"),
        (staff + "/groups", {"group": "Staff"}, 400, "cannot hold itself"),
    ):
        answer = await house.ada.post(path, **fields)
        assert answer.status_code == status, (path, fields)
        assert words in Html(answer.text).text


async def test_others_have_no_business_here(house: House) -> None:
    staff = await _add(house, "Staff")
    for path in ("/groups", "/groups/add", staff):
        assert (await house.bob.get(path)).status_code == 403
        assert (await house.stranger.get(path)).status_code == 303
    assert (await house.bob.post(staff + "/people", email="bob@example.org")).status_code == 403
