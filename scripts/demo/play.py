"""The play: a server, a printer that is not there, this computer's agent and a cupsd; then one document, printed with lp.

Everything goes through the doors people use: pages, commands, lp.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import secrets
import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import PIL.Image
from browser import Browser, DemoFailed, Page
from stage import Stage, end, run

from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf

PERSON = "demo@example.org"
QUEUE = "Presswork"
PRINTER = "Printer in the hall"
RAW_PRINTER = "Old printer (RAW)"
DOCUMENT = "Welcome to Presswork"
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "hazel", "iris", "jade", "kelp", "lotus")


@dataclass
class Play:
    """What the screen tells."""

    url: str
    password: str
    printer_page: str
    lp: str | None
    """The command that prints, or None where there is no cupsd."""
    browser: Browser
    command: Path
    """``presswork`` that speaks to this demo's agent."""


@asynccontextmanager
async def play(stage: Stage, say: Callable[[str], None]) -> AsyncIterator[Play]:
    """Everything up to a document that waits."""
    async with AsyncExitStack() as stack:
        say("the server")
        url, set_up_link = await _server(stage)
        browser = await stack.enter_async_context(Browser(url))
        password = "-".join(secrets.choice(_WORDS) for _ in range(4)) + f"-{secrets.randbelow(900) + 100}"
        await _set_up(browser, set_up_link, password)
        say("a printer that is not there")
        printer_page = await _printers(stage, browser)
        cupsd = None
        if stage.own_user and which("cupsd", path=_PATH):
            say("a cupsd of its own")
            cupsd = await stack.enter_async_context(private_cupsd(system_groups=("root", stage.user)))
        say("this computer's agent")
        environment = await _agent(stage, browser, url, cupsd)
        say("who you are")
        await _sign_in(stage, browser, environment)
        say("a document")
        lp = await _print(stage, cupsd, environment)
        await stage.until("the document waits", lambda: _waits(browser), 60)
        yield Play(url, password, printer_page, lp, browser, _command(stage, environment))


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


async def _server(stage: Stage) -> tuple[str, str]:
    number = stage.port(8443)
    url = f"http://localhost:{number}"
    await stage.start(
        "server",
        "server",
        "run",
        environment={
            "PRESSWORK_SERVER_DIRECTORY": str(stage.make_folder("server") / "data"),
            "PRESSWORK_SERVER_PORTS__SERVER": str(number),
            "PRESSWORK_SERVER_PUBLIC_URL": url,
            "PRESSWORK_SERVER_TLS": "proxy",
        },
    )
    link = re.compile(re.escape(url) + r"/set-up/\S+")

    async def ready() -> bool:
        return link.search(stage.log_of("server").read_text("utf-8", "replace")) is not None

    await stage.until("the server shows its set-up link", ready)
    found = link.search(stage.log_of("server").read_text("utf-8", "replace"))
    return url, found.group() if found else ""


async def _set_up(browser: Browser, link: str, password: str) -> None:
    page = await browser.open(link)
    values = {"organisation": "Demo", "display_name": "Demo Person", "email": PERSON, "password": password}
    await browser.send(page, "", values)


async def _printers(stage: Stage, browser: Browser) -> str:
    ipp, raw, page = stage.port(8631), stage.port(9100), stage.port(8632)
    await stage.start(
        "simulator",
        "simulate",
        "printer",
        "--name",
        PRINTER,
        "--port",
        str(ipp),
        "--raw-port",
        str(raw),
        "--page-port",
        str(page),
    )
    for name, uri, place in (
        (PRINTER, f"ipp://127.0.0.1:{ipp}/ipp/print", "Simulated"),
        (RAW_PRINTER, f"socket://127.0.0.1:{raw}", "Simulated; does not report"),
    ):
        form = await browser.open("/printers/add")
        await browser.send(form, "/printers/add", {"name": name, "device_uri": uri, "location": place})
    form = await browser.open("/queues/add")
    await browser.send(form, "/queues/add", {"name": QUEUE, "mode": "hold", "info": "Print here, release anywhere"})
    return f"http://127.0.0.1:{page}/"


async def _agent(stage: Stage, browser: Browser, url: str, cupsd: PrivateCupsd | None) -> dict[str, str]:
    environment = {
        "PRESSWORK_AGENT_DIRECTORY": str(stage.make_folder("agent", 0o711)),
        "PRESSWORK_AGENT_PORTS__CLIENT_CONTROL": str(stage.port(21338)),
        "PRESSWORK_AGENT_PORTS__LOCAL_WEB": str(stage.port(21339)),
    }
    if cupsd is not None:
        environment["PRESSWORK_AGENT_CUPS_SOCKET"] = str(cupsd.socket)
        environment["PRESSWORK_AGENT_CUPS_FILES_CONF"] = str(cupsd.files_conf)
    page = await browser.send(await browser.open("/computers/add"), "/computers/add", {})
    code = re.search(r"presswork agent enrol \S+ ([\w.-]+)", page.html)
    if code is None:
        raise DemoFailed("The page for another computer shows no code.")
    await stage.run("agent", "enrol", url, code.group(1), environment=environment)
    await stage.start("agent", "agent", "run", environment=environment)

    async def ready() -> bool:
        if cupsd is None:
            return await _answers(stage, environment)
        status, _ = await cupsd.run("lpstat", "-p", QUEUE)
        return status == 0

    await stage.until("the queue is there", ready, 60)
    return environment


async def _answers(stage: Stage, environment: dict[str, str]) -> bool:
    try:
        await stage.run("jobs", environment=environment, as_person=True)
    except DemoFailed:
        return False
    return True


async def _sign_in(stage: Stage, browser: Browser, environment: dict[str, str]) -> None:
    log = stage.log_of("sign-in")
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            str(stage.program),
            "sign-in",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            env=stage.environment(environment),
        )
    try:
        code = re.compile(r"^Code +(\S+)", re.MULTILINE)

        async def shown() -> bool:
            return process.returncode is not None or code.search(log.read_text("utf-8", "replace")) is not None

        await stage.until("presswork sign-in shows its code", shown)
        found = code.search(log.read_text("utf-8", "replace"))
        if found is None:
            raise DemoFailed(f"presswork sign-in ended:\n{stage.end_of_log('sign-in')}")
        page = await browser.open(f"/account-sign-in?code={found.group(1)}")
        await browser.send(page, "/account-sign-in", {})
        async with asyncio.timeout(60):
            if await process.wait() != 0:
                raise DemoFailed(f"presswork sign-in was refused:\n{stage.end_of_log('sign-in')}")
    finally:
        await end(process)


async def _print(stage: Stage, cupsd: PrivateCupsd | None, environment: dict[str, str]) -> str | None:
    document = stage.folder / "welcome.pdf"
    document.write_bytes(make_pdf(2, DOCUMENT))
    document.chmod(0o644)
    if cupsd is None:
        await stage.run("print", "--queue", QUEUE, str(document), environment=environment, as_person=True)
        return None
    await run("lp", "-h", str(cupsd.socket), "-d", QUEUE, "-t", DOCUMENT, str(document))
    return f"lp -h {cupsd.socket} -d {QUEUE} {document}"


def _command(stage: Stage, environment: dict[str, str]) -> Path:
    """A program for the one at the keyboard, in whatever terminal."""
    command = stage.folder / "presswork"
    variables = " ".join(shlex.quote(f"{name}={value}") for name, value in environment.items())
    command.write_text(f'#!/bin/sh\nexec env {variables} {shlex.quote(str(stage.program))} "$@"\n')
    command.chmod(0o755)
    return command


async def _waits(browser: Browser) -> bool:
    return _release_form(await browser.open("/")) is not None


def _release_form(page: Page) -> str | None:
    return next((address for form in page.forms if (address := form.goes_to("/release"))), None)


async def release_and_look(stage: Stage, on: Play) -> None:
    """What a person does: choose the printer, press Print, walk over. Ends when paper is there."""
    page = await on.browser.open("/")
    action = _release_form(page)
    if action is None:
        raise DemoFailed("No document waits any more.")
    places = page.form(action).options["printer_id"]
    chosen = next(value for words, value in places.items() if words.startswith(PRINTER))
    await on.browser.send(page, action, {"printer_id": chosen})

    async def came_out() -> bool:
        return len(await _paper(on)) == 2

    await stage.until("two pages came out of the printer", came_out, 60)
    for picture in await _paper(on):
        with PIL.Image.open(io.BytesIO(picture), formats=["PNG"]) as image:
            shades = image.convert("L").histogram()
        if not any(shades[:128]):
            raise DemoFailed("A page came out, but nothing is on it.")

    async def told() -> bool:
        return f"Printed on {PRINTER}" in (await on.browser.open(action.removesuffix("/release"))).text

    await stage.until("the document's page says that it was printed", told, 60)


async def _paper(on: Play) -> list[bytes]:
    async with Browser(on.printer_page) as browser:
        page = await browser.open("/")
        return [await browser.fetch(image) for image in page.images if "/pages/" in image]


def screen(on: Play, folder: Path) -> str:
    """The one screen."""
    again = on.lp or f"{on.command} print --queue {QUEUE} {folder}/welcome.pdf"
    return f"""
  Presswork: a document was printed with {"lp" if on.lp else "presswork print"}. It waits on this computer, sealed.

    1. Open            {on.url}
    2. Sign in         {PERSON}
       with            {on.password}
    3. My documents    choose “{PRINTER}”, then press Print beside “{DOCUMENT}”
    4. See the paper   {on.printer_page}

  Print more           {again}
  Without a browser    {on.command} jobs
  What went on         {folder}/*.log

  Ctrl-C ends the demo and removes all it made.
"""
