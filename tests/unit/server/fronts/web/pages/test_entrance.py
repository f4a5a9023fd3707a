"""Set up, sign in, sign out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from presswork.server.app import make_app
from presswork.server.fronts.web.cookies import form_token
from presswork.server.fronts.web.pages.entrance import local_path
from presswork.server.start import new_set_up_link
from presswork.testing.html import Html, complaints
from presswork.testing.organisation import server_context
from presswork.testing.server import PASSWORD
from unit.server.fronts.web.house import Browser, House


async def signed_out(house: House) -> Browser:
    """A browser that has been at the door."""
    browser = house.stranger
    await browser.page("/sign-in")
    browser.secret = browser.client.cookies["presswork-visitor"]
    return browser


async def test_the_door_says_whose_it_is(house: House) -> None:
    assert "Analytical Engines" in (await house.stranger.page("/sign-in")).text


async def test_signing_in_leads_to_where_one_wanted(house: House) -> None:
    browser = await signed_out(house)
    answer = await browser.post("/sign-in", email=" Bob@Example.org ", password=PASSWORD, next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "bob@example.org" in (await browser.page("/account")).text
    assert (await browser.get("/sign-in?next=/jobs")).headers["location"] == "/jobs"


async def test_signing_in_makes_a_new_session_each_time(house: House) -> None:
    browser = await signed_out(house)
    browser.client.cookies.set("presswork", "chosen by somebody else", domain="print.example.org")
    await browser.post("/sign-in", email="bob@example.org", password=PASSWORD)
    token = browser.client.cookies["presswork"]
    assert len(token) > 40
    assert token != house.organisation.people["bob"].token


@pytest.mark.parametrize("email", ["bob@example.org", "nobody@example.org", ""])
async def test_who_is_wrong_is_told_the_same(house: House, email: str) -> None:
    browser = await signed_out(house)
    answer = await browser.post("/sign-in", email=email, password="not it")
    assert answer.status_code == 401
    page = Html(answer.text)
    assert complaints(answer.text) == []
    assert "The e-mail address or the password is not right." in page.text
    assert page.all("input", name="email")[0]["value"] == email
    assert "not it" not in answer.text
    assert "presswork" not in browser.client.cookies


async def test_guessing_is_slowed(house: House) -> None:
    browser = await signed_out(house)
    for _ in range(8):
        await browser.post("/sign-in", email="bob@example.org", password="not it")
    answer = await browser.post("/sign-in", email="bob@example.org", password=PASSWORD)
    assert answer.status_code == 429
    assert "Wait" in Html(answer.text).text


async def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    answer = await house.bob.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "presswork" not in house.bob.client.cookies
    house.bob.client.cookies.set("presswork", house.bob.secret, domain="print.example.org")
    assert (await house.bob.get("/")).status_code == 303


@pytest.mark.parametrize("text", ["/", "/jobs?a=1&b=2", "/account-sign-in?code=BCDF-GHJK", "/a%20b"])
def test_paths_of_this_site(text: str) -> None:
    assert local_path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs",
        "//evil.example.org",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "https://evil.example.org/",
        "javascript:alert(1)",
        "/a\nb",
        "/a\r\nSet-Cookie: x=y",
        "/é",
        "/" + "x" * 1000,
        "/\t/evil.example.org",
    ],
)
def test_nobody_is_sent_elsewhere(text: str) -> None:
    assert local_path(text) == "/"


async def test_set_up_makes_the_first_person_and_is_gone(tmp_path: Path) -> None:
    async with server_context(tmp_path) as context:
        link = await new_set_up_link(context)
        assert link is not None
        path = link.removeprefix(context.public_url)
        transport = httpx2.ASGITransport(app=await asyncio.to_thread(make_app, context))
        async with httpx2.AsyncClient(transport=transport, base_url=context.public_url) as client:
            first = Browser(client)
            wrong = await first.get("/set-up/wrong")
            assert wrong.status_code == 404
            assert "presswork server set-up-link" in Html(wrong.text).text
            await first.page(path)
            first.secret = client.cookies["presswork-visitor"]
            fields = {"organisation": "Engines", "display_name": "Ada", "email": "ada@example.org", "password": "short"}
            refused = await first.post(path, **fields)
            assert refused.status_code == 400
            assert "too short" in Html(refused.text).text
            assert Html(refused.text).all("input", name="organisation")[0]["value"] == "Engines"
            assert (await first.post(path, **fields | {"organisation": " "})).status_code == 400
            accepted = await first.post(path, **fields | {"password": PASSWORD})
            assert (accepted.status_code, accepted.headers["location"]) == (303, "/overview")
            first.secret = client.cookies["presswork"]
            assert "Three steps" in (await first.page("/overview")).text
            for answer in (await first.get(path), await first.post(path, **fields | {"password": PASSWORD})):
                assert answer.status_code == 404
            assert form_token(first.secret) != form_token("")
