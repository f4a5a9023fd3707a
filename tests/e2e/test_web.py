"""The pages in a real browser, at a phone's and a desktop's width, with and without JavaScript, against a real server."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from e2e.scripted_agent import ScriptedAgent, scripted_agent
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import OrderAnswer
from presswork.server.computers import Computer
from presswork.server.printers import Printer
from presswork.testing.organisation import Organisation, furnish
from presswork.testing.server import PASSWORD, ServerInTest, running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_REFUSED = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
"""What Chromium says of a form that is shown again; anything else it says is a mistake in a page."""
PHONE, DESKTOP = (390, 844), (1280, 800)
WIDTHS = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["js", "no-js"])


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerInTest]:
    async with running_server(tmp_path) as server:
        yield server


@asynccontextmanager
async def opened(
    browser: Browser, server: ServerInTest, size: tuple[int, int], *, script: bool = True, token: str = ""
) -> AsyncIterator[Page]:
    """A page in a browser of its own; whatever its console says against the page fails the test."""
    context = await browser.new_context(
        base_url=server.url,
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=script,
        has_touch=size == PHONE,
    )
    if token:
        await context.add_cookies([{"name": "presswork", "value": token, "url": server.url, "httpOnly": True}])
    complaints: list[str] = []
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(server.url) else None)
    yield page
    await context.close()
    assert [one for one in complaints if one != _REFUSED] == []


async def sign_in(page: Page, email: str) -> None:
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def fits(page: Page) -> None:
    """Nothing is wider than the screen, and what is to be touched can be hit with a finger."""
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url  # type: ignore[index]
    for control in await page.locator("button:visible, select:visible, a.btn:visible, summary:visible").all():
        box = await control.bounding_box()
        assert box is None or box["height"] >= 40, (page.url, await control.inner_text())


@WIDTHS
@SCRIPTS
async def test_from_the_set_up_link_to_the_first_document(
    browser: Browser, server: ServerInTest, tmp_path: Path, size: tuple[int, int], script: bool
) -> None:
    """Everything a new installation needs is done in the pages; the computer then joins with the code they show."""
    async with opened(browser, server, size, script=script) as page:
        await page.goto(server.set_up_link)
        await page.get_by_label("Your organisation").fill("Analytical Engines")
        await page.get_by_label("Your name").fill("Ada Lovelace")
        await page.get_by_label("Your e-mail").fill("ada@example.org")
        await page.get_by_label("Password").fill("too short")
        await page.get_by_role("button", name="Set up Presswork").click()
        await expect(page.get_by_text("The password is too short.")).to_be_visible()
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Set up Presswork").click()
        await expect(page.get_by_text("Three steps and people can print")).to_be_visible()
        await fits(page)

        await page.get_by_role("link", name="Add a printer").click()
        await page.get_by_label("Name").fill("Kitchen")
        await page.get_by_label("Where it stands").fill("2nd floor")
        await page.get_by_label("Address", exact=True).fill("ipps://kitchen.example.org")
        await page.get_by_role("button", name="Add printer").click()
        await expect(page.get_by_text("Kitchen is added.")).to_be_visible()

        await page.goto("/overview")
        await page.get_by_role("link", name="Add a queue").click()
        await page.get_by_label("Name", exact=True).fill("Office")
        await page.get_by_role("button", name="Add queue").click()
        await expect(page.get_by_text("Office is added")).to_be_visible()

        await page.goto("/computers/add")
        await page.get_by_role("button", name="Make a code").click()
        command = await page.locator("#command").inner_text()
        await fits(page)
        *words, url, code = command.split()
        assert (words, url) == (["presswork", "agent", "enrol"], server.url)
        async with scripted_agent(tmp_path / "agent", url, code) as agent:
            await page.get_by_role("link", name="Done").click()
            await expect(page.get_by_text("bob-laptop")).to_be_visible()
            await expect(page.get_by_text("Online")).to_be_visible()
            assert agent.desired is not None
            assert [queue.name for queue in agent.desired.queues] == ["Office"]
            await belongs_to_whoever_confirms(page, agent)


async def belongs_to_whoever_confirms(page: Page, agent: ScriptedAgent) -> None:
    """The account of the computer is signed in by its link, and what it prints then belongs to this person."""
    started = await agent.start_sign_in("ada")
    await page.goto(started.verification_uri_complete)
    await expect(page.get_by_text(started.user_code)).to_be_visible()
    await agent.sync()
    assert agent.desired is not None
    assert agent.desired.accounts == ()
    await page.get_by_role("button", name="Yes, this is me").click()
    await expect(page.get_by_text("What ada prints on bob-laptop is yours.")).to_be_visible()
    await agent.sync()
    (binding,) = agent.desired.accounts
    job = agent.held_job("First page.pdf", "ada", binding.user_id)
    await agent.sync([job])
    await page.goto("/")
    await expect(page.get_by_role("link", name="First page.pdf", exact=True)).to_be_visible()


@asynccontextmanager
async def with_waiting_jobs(server: ServerInTest, directory: Path) -> AsyncIterator[tuple[Organisation, ScriptedAgent]]:
    """Bob's computer, signed in."""
    organisation = await furnish(server.context, computer="bob-desktop")
    server.administrator = organisation.people["ada"]
    async with scripted_agent(directory, server.url, await server.enrolment_code()) as agent:
        started = await agent.start_sign_in("bob")
        await server.confirm_sign_in(started.user_code, organisation.people["bob"])
        await agent.sync()
        yield organisation, agent


@WIDTHS
@SCRIPTS
async def test_release_at_a_chosen_printer(
    browser: Browser, server: ServerInTest, tmp_path: Path, size: tuple[int, int], script: bool
) -> None:
    async with (
        with_waiting_jobs(server, tmp_path / "agent") as (organisation, agent),
        opened(browser, server, size, script=script) as page,
    ):
        bob = organisation.people["bob"].principal.user_id
        report = agent.held_job("Quarterly report.pdf", "bob", bob, copies=2, sides="two-sided-long-edge")
        letter = agent.held_job("<script>alert(1)</script> " + "long name " * 20, "bob", bob)
        await agent.sync([report, letter])

        await page.goto("/")
        await expect(page).to_have_title(re.compile("Sign in"))
        await sign_in(page, "bob@example.org")
        await expect(page.get_by_text("2 documents wait for you.")).to_be_visible()
        await expect(page.get_by_text("3 pages, 2 copies, both sides")).to_be_visible()
        await fits(page)

        await page.get_by_label("Print at").select_option(label="Reception · Ground floor")
        await page.get_by_role("button", name="Print Quarterly report.pdf").click()
        await expect(page.get_by_text("Released to Reception.")).to_be_visible()
        await expect(page.get_by_text("1 document waits for you.")).to_be_visible()
        order = await agent.order()
        assert (order.kind, order.job_id) == ("release", report.report.job_id)
        assert order.printer_id == organisation.printers[1]

        report.become(state="processing", printer_id=order.printer_id)
        report.tell(JobEvent.RELEASED, printer="Reception")
        report.tell(JobEvent.SENDING, printer="Reception")
        await agent.sync([report], [OrderAnswer(order_id=order.order_id, done=True)])
        await seen(page, "Printing", script=script)
        report.become(state="completed", outcome="printed", document_kept=False)
        report.tell(JobEvent.PRINTED, printer="Reception")
        await agent.sync([report])
        await seen(page, "Printed", script=script)
        await fits(page)

        await page.get_by_role("link", name="Quarterly report.pdf").click()
        await expect(page.get_by_text("Printed on Reception.")).to_be_visible()
        await fits(page)


async def seen(page: Page, words: str, *, script: bool) -> None:
    """The page says so by itself; without JavaScript after it is loaded again."""
    if not script:
        await page.reload()
    await expect(page.get_by_text(words, exact=True)).to_be_visible(timeout=30_000)


@SCRIPTS
async def test_deleting_asks_once_and_destroys(
    browser: Browser, server: ServerInTest, tmp_path: Path, script: bool
) -> None:
    async with (
        with_waiting_jobs(server, tmp_path / "agent") as (organisation, agent),
        opened(browser, server, PHONE, script=script, token=organisation.people["bob"].token) as page,
    ):
        job = agent.held_job("Draft.pdf", "bob", organisation.people["bob"].principal.user_id)
        await agent.sync([job])
        await page.goto("/")
        await page.get_by_role("link", name="Delete Draft.pdf").click()
        await expect(page.get_by_role("heading", name="Delete Draft.pdf?")).to_be_visible()
        await fits(page)
        await page.get_by_role("link", name="Keep it").click()
        await page.get_by_role("link", name="Delete Draft.pdf").click()
        await page.get_by_role("button", name="Delete").click()
        await expect(page.get_by_text("Being deleted")).to_be_visible()
        order = await agent.order()
        assert (order.kind, order.job_id) == ("delete", job.report.job_id)


async def test_a_printer_chosen_is_still_chosen_when_the_list_changes(
    browser: Browser, server: ServerInTest, tmp_path: Path
) -> None:
    """The live part of the page never takes away what the person is doing."""
    async with (
        with_waiting_jobs(server, tmp_path / "agent") as (organisation, agent),
        opened(browser, server, PHONE, token=organisation.people["bob"].token) as page,
    ):
        bob = organisation.people["bob"].principal.user_id
        await agent.sync([agent.held_job("One.pdf", "bob", bob)])
        await page.goto("/")
        choice = page.get_by_label("Print at")
        await choice.select_option(label="Reception · Ground floor")
        await choice.focus()
        await agent.sync([agent.held_job("Two.pdf", "bob", bob)])
        await expect(page.get_by_role("link", name="Two.pdf", exact=True)).to_be_visible(timeout=30_000)
        assert await choice.input_value() == str(organisation.printers[1])
        assert await page.evaluate("document.activeElement.id") == "printer_id"
        await page.get_by_role("button", name="Print Two.pdf").click()
        assert (await agent.order()).printer_id == organisation.printers[1]


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["390-light", "1280-dark"])
async def test_every_page_fits(
    browser: Browser, server: ServerInTest, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    organisation = await furnish(server.context)
    job = await organisation.document("W" * 255, pages=None)
    await organisation.document("\u05d0\u05d1\u05d2 \u202ereversed", state="completed", outcome="unknown", printer=0)
    await organisation.document("Old.pdf", state="aborted", outcome="not-printed", printer=1)
    user = organisation.people["bob"].principal.user_id
    async with server.context.database.writing() as session:
        sign = (await session.get_one(Printer, organisation.printers[0])).sign
        computer = await session.get_one(Computer, organisation.agent.computer_id)
        computer.relay_port = computer.redirector_port = computer.discovery_port = 65535
        computer.host_queues, computer.addresses = ("W" * 127,), ("2001:db8:1111:2222:3333:4444:5555:6666",) * 3
    paths = {
        "bob": ("/", f"/jobs/{job}", f"/jobs/{job}/delete", "/account", "/account-sign-in"),
        "ada": (
            *("/", "/overview", "/printers", "/printers/add", f"/printers/{organisation.printers[0]}"),
            *("/printers/signs", f"/at/{sign}"),
            *("/queues", "/queues/add", f"/queues/{organisation.queue_id}", "/users", "/users/add", f"/users/{user}"),
            *("/computers", f"/computers/{organisation.agent.computer_id}", "/computers/add", "/networks/routes"),
            *("/networks", "/all-jobs", "/audit", "/account"),
        ),
    }
    for person, its in paths.items():
        async with opened(browser, server, size, token=organisation.people[person].token) as page:
            await page.emulate_media(color_scheme=scheme)
            for path in its:
                await page.goto(path)
                await fits(page)
    async with opened(browser, server, size) as page:
        await page.goto("/sign-in")
        await fits(page)


async def test_the_menu_works_without_a_script(browser: Browser, server: ServerInTest) -> None:
    organisation = await furnish(server.context)
    for script in (True, False):
        async with opened(browser, server, PHONE, script=script, token=organisation.people["ada"].token) as page:
            await page.goto("/")
            await page.get_by_label("Menu").click()
            await page.get_by_role("link", name="Printers").click()
            await expect(page.get_by_role("heading", name="Printers")).to_be_visible()
    async with opened(browser, server, PHONE, script=False, token=organisation.people["bob"].token) as page:
        await page.goto("/")
        await page.get_by_label("Menu").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_title(re.compile("Sign in"))
