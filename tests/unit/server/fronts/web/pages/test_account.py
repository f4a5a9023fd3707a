"""One's own account, and signing in a computer account."""

from __future__ import annotations

from presswork.server import computers
from presswork.testing.html import Html
from presswork.testing.server import PASSWORD
from unit.server.fronts.web.house import House

NEW = "another long password"


async def started(house: House, account: str = "zoe") -> str:
    """The code that the computer shows."""
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        sign_in = await computers.start_account_sign_in(
            session,
            organisation.agent,
            organisation.context.account_sign_in_limits,
            account,
            public_url=organisation.context.public_url,
        )
    return sign_in.user_code


async def test_the_password_is_changed_with_the_current_one(house: House) -> None:
    after = await house.bob.done("/account/password", current=PASSWORD, password=NEW, repeated=NEW)
    assert "Your password is changed." in after.text
    assert (await house.bob.post("/account/password", current=PASSWORD, password=NEW, repeated=NEW)).status_code == 403


async def test_a_password_that_will_not_do_is_refused_beside_its_field(house: House) -> None:
    for current, new, repeated, status, words in (
        ("wrong one", NEW, NEW, 403, "The current password is not right."),
        (PASSWORD, "a tiny one", "a tiny one", 400, "too short"),
        (PASSWORD, NEW, NEW + "x", 400, "not the same"),
    ):
        answer = await house.bob.post("/account/password", current=current, password=new, repeated=repeated)
        assert answer.status_code == status
        assert words in Html(answer.text).text
        assert new not in answer.text


async def test_the_page_says_what_is_confirmed_and_only_the_button_confirms(house: House) -> None:
    code = await started(house)
    page = await house.carla.page(f"/account-sign-in?code={code.lower()}")
    assert code in page.text
    assert "bob-laptop" in page.text
    assert "zoe" in page.text
    assert "zoe" not in (await house.carla.page("/account")).text
    after = await house.carla.done("/account-sign-in", code=code)
    assert "What zoe prints on bob-laptop is yours." in after.text
    assert "Account zoe" in after.text
    assert (await house.carla.post("/account-sign-in", code=code)).status_code == 400


async def test_taking_over_an_account_says_whose_it_was(house: House) -> None:
    code = await started(house, "bob")
    page = await house.carla.page(f"/account-sign-in?code={code}")
    assert "Until now this account belongs to Bob Babbage." in page.text


async def test_a_code_is_asked_for_and_a_wrong_one_refused(house: House) -> None:
    assert (await house.bob.page("/account-sign-in")).all("input", name="code")
    answer = await house.bob.get("/account-sign-in?code=BCDF-GHJK")
    assert answer.status_code == 400
    assert "not known or too old" in Html(answer.text).text
    assert Html(answer.text).all("input", name="code")[0]["value"] == "BCDF-GHJK"


async def test_codes_cannot_be_guessed_for_long(house: House) -> None:
    answers = [(await house.bob.get("/account-sign-in?code=BCDF-GHJK")).status_code for _ in range(30)]
    assert answers[-1] == 429


async def test_a_computer_account_is_forgotten_after_asking(house: House) -> None:
    link = next(link for link in (await house.bob.page("/account")).links() if link.endswith("/remove"))
    assert "Forget bob on bob-laptop?" in (await house.bob.page(link)).text
    assert (await house.carla.get(link)).status_code == 404
    assert (await house.carla.post(link)).status_code == 404
    after = await house.bob.done(link)
    assert "None yet." in after.text
