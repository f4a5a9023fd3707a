"""People."""

from __future__ import annotations

from presswork.server import identity
from presswork.testing.html import Html
from unit.server.fronts.web.house import House

FIELDS = {"display_name": "Dora", "email": "dora@example.org", "role": "user", "password": "a first password"}


async def test_everybody_is_listed(house: House) -> None:
    text = (await house.ada.page("/users")).text
    for words in ("Ada Lovelace", "Operator", "Bob Babbage", "bob@example.org", "Carla Cray"):
        assert words in text


async def test_somebody_is_added_and_can_sign_in(house: House) -> None:
    after = await house.ada.done("/users/add", **FIELDS)
    assert "Dora can sign in now." in after.text
    context = house.organisation.context
    async with context.database.writing() as session:
        await identity.sign_in(
            session,
            context.sign_in_limits,
            tenant_id=context.installation.tenant_id,
            email="dora@example.org",
            password="a first password",
            address="",
        )


async def test_what_is_wrong_stands_beside_its_field(house: House) -> None:
    for wrong, status, words in (
        ({"email": "not an address"}, 400, "This is not an e-mail address."),
        ({"email": "bob@example.org"}, 409, "There is a person with this e-mail address already."),
        ({"password": "short"}, 400, "too short"),
        ({"role": "king"}, 400, "Choose one of the roles."),
        ({"display_name": " "}, 400, "must not be empty"),
    ):
        answer = await house.ada.post("/users/add", **FIELDS | wrong)
        assert answer.status_code == status, wrong
        assert words in Html(answer.text).text
        assert "a first password" not in answer.text


async def test_name_and_role_are_changed(house: House) -> None:
    path = f"/users/{house.organisation.people['bob'].principal.user_id}"
    page = await house.ada.page(path)
    assert page.all("input", name="display_name")[0]["value"] == "Bob Babbage"
    after = await house.ada.done(path, display_name="Robert", role="administrator")
    assert "Robert is changed." in after.text
    assert "Overview" in (await house.bob.page("/overview")).text
    assert "Operator" not in (await house.bob.page("/users/add")).text
    assert (await house.bob.post(path, display_name="Robert", role="operator")).status_code == 403


async def test_a_new_password_ends_their_sessions(house: House) -> None:
    path = f"/users/{house.organisation.people['bob'].principal.user_id}"
    assert (await house.ada.post(path + "/password", password="short")).status_code == 400
    after = await house.ada.done(path + "/password", password="a second password")
    assert "has a new password" in after.text
    assert (await house.bob.get("/")).status_code == 303


async def test_who_leaves_is_signed_out_and_may_come_back(house: House) -> None:
    path = f"/users/{house.organisation.people['bob'].principal.user_id}"
    after = await house.ada.done(path + "/disable")
    assert "may not sign in any more" in after.text
    assert (await house.bob.get("/")).status_code == 303
    assert "Let them sign in again" in (await house.ada.page(path)).text
    assert "may sign in again." in (await house.ada.done(path + "/enable")).text


async def test_the_last_administrator_stays(house: House) -> None:
    path = f"/users/{house.organisation.people['ada'].principal.user_id}"
    answer = await house.ada.post(path + "/disable")
    assert answer.status_code == 409
    assert "Nobody would be left" in Html(answer.text).text
