"""docs/tutorial/second-computer.md, as a newcomer goes through it: every command typed into one shell, every page used."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import ssl
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from presswork.testing.agent import free_port
from presswork.testing.timing import MS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CHECKOUT = Path(__file__).parents[2]
TUTORIAL = CHECKOUT / "docs" / "tutorial" / "second-computer.md"
PORTS = ("8443", "8631", "9100", "8632", "21338", "21339", "22338", "22339", "22335")
"""Replaced by free ports, so that tutorials run side by side. ``CODE`` and ``JOB`` are what a person puts there."""
ON_THE_PAGE = "**On the page:**"
_STEP = re.compile(r"^```sh\n(?P<commands>.*?)^```$|^\*\*On the page:\*\* (?P<page>.*?)\n\n", re.MULTILINE | re.DOTALL)
_DEADLINE = 90_000 * MS


@dataclass
class Newcomer:
    """A person with one terminal and one browser."""

    shell: Process
    web: httpx2.AsyncClient
    ports: dict[str, str]
    home: Path
    said: str = ""
    """Everything in the terminal so far."""
    code: str = ""
    scripts: int = 0
    pages: list[str] = field(default_factory=list)

    def fill_in(self, text: str) -> str:
        """The substitutions, all of them."""
        text = re.sub(r"\b\d{4,5}\b", lambda found: self.ports.get(found[0], found[0]), text)
        if re.search(r"\bCODE\b", text):
            text = re.sub(r"\bCODE\b", self.code, text)
        return re.sub(r"\bJOB\b", lambda _: self.job_id(), text)

    def job_id(self) -> str:
        """The first word of the line that `presswork jobs` showed last."""
        found = re.findall(r"^(\w{8})\tpending-held\t", self.said, re.MULTILINE)
        assert found, self.said
        return str(found[-1])

    def type(self, commands: str) -> str:
        """Type a block; what the shell says when it is through. Commands that go on do so behind it."""
        self.scripts += 1
        script = self.home / f"block-{self.scripts}.sh"
        script.write_text(self.fill_in(commands), encoding="utf-8")
        end = f"block {self.scripts} is through"
        assert self.shell.stdin is not None
        self.shell.stdin.write(f". {script} < /dev/null\necho '{end}'\n".encode())
        return end

    async def sees(self, pattern: str) -> re.Match[str]:
        """Wait for words in the terminal, from now on or before."""
        assert self.shell.stdout is not None
        try:
            async with asyncio.timeout(_DEADLINE):
                while (found := re.search(pattern, self.said, re.MULTILINE)) is None:
                    line = await self.shell.stdout.readline()
                    assert line, f"the shell ended:\n{self.said}"
                    self.said += line.decode()
                    assert "refused: " not in self.said, f"{self.said}\n{self.logs()}"
        except TimeoutError:
            raise AssertionError(f"{pattern!r} never came:\n{self.said}\n{self.logs()}") from None
        return found

    def logs(self) -> str:
        """What the programs behind the terminal said."""
        return "\n".join(f"{log.name}:\n{log.read_text()}" for log in self.home.glob("presswork-tutorial/*.log"))

    async def fill_in_form(self, path: str, action: str | None = None, **values: str) -> httpx2.Response:
        """Open a page and send its form; the page that follows."""
        page = (await self.web.get(path)).text
        token = re.search(r'name="form_token" value="([^"]+)"', page)
        assert token, page
        answer = await self.web.post(
            action or path,
            content=urlencode(values | {"form_token": token[1]}),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            follow_redirects=True,
        )
        assert answer.status_code == 200, answer.text
        return answer

    async def sees_page(self, path: str, words: str) -> None:
        """Wait for words on a page, as one who looks again and again."""
        page = ""
        async with asyncio.timeout(_DEADLINE):
            while words not in page:
                await asyncio.sleep(100 * MS)
                page = (await self.web.get(path)).text

    async def printed_sides(self) -> int:
        """What the printer's page counts."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            return int((await client.get(f"http://localhost:{self.ports['8632']}/output.json")).json()["impressions"])


async def become_the_first(newcomer: Newcomer) -> None:
    link = await newcomer.sees(r"https://127\.0\.0\.1:\d+(/set-up/\S+)")
    values = {"organisation": "Example", "display_name": "Ada", "email": "ada@example.org"}
    await newcomer.fill_in_form(link[1], **values, password="a sentence of my own")


async def add_printer_and_queue(newcomer: Newcomer) -> None:
    address = newcomer.fill_in("ipp://127.0.0.1:8631/ipp/print")
    assert "ipp://127.0.0.1:8631/ipp/print" in newcomer.pages[-1]
    await newcomer.fill_in_form("/printers/add", name="Hall", device_uri=address)
    await newcomer.fill_in_form("/queues/add", name="Office", mode="hold")


async def make_code(newcomer: Newcomer) -> None:
    page = (await newcomer.fill_in_form("/computers/add")).text
    command = re.search(r"presswork agent enrol (\S+) ([\w.-]+)", page)
    assert command, page
    assert command[1] == f"https://127.0.0.1:{newcomer.ports['8443']}"
    newcomer.code = command[2]


async def confirm(newcomer: Newcomer) -> None:
    seen = newcomer.said.count("You are signed in as Ada.")
    codes = rf"(?:^Code +\S+$(?s:.*)){{{seen}}}^Code +(\S+)$"
    code = await newcomer.sees(codes)
    await newcomer.fill_in_form("/account-sign-in?code=" + code[1], "/account-sign-in", code=code[1])


async def release(newcomer: Newcomer) -> None:
    assert await newcomer.printed_sides() == 2
    page = (await newcomer.web.get("/")).text
    printer = re.search(r'<option value="([^"]+)"[^>]*>Hall', page)
    jobs = re.findall(r'formaction="(/jobs/[^"]+/release)"', page)
    assert printer, page
    assert len(jobs) == 1, page
    await newcomer.fill_in_form("/", jobs[0], printer_id=printer[1])
    await newcomer.sees_page(jobs[0].removesuffix("/release"), "Printed on Hall")
    assert await newcomer.printed_sides() == 6


PAGES: tuple[tuple[str, Callable[[Newcomer], Awaitable[None]]], ...] = (
    ("open the link", become_the_first),
    ("under *Printers*, add `Hall`", add_printer_and_queue),
    ("under *Computers*, choose *Add computer* and make a code", make_code),
    ("open the address that it shows, compare the code and confirm", confirm),
    ("*Computers*, *Add computer*: make another code", make_code),
    ("confirm once more", confirm),
    ("*My documents* shows what waits on all your computers", release),
)
"""What a person does at each page step, in order, by how the tutorial's sentence begins."""


def steps() -> list[tuple[str, str]]:
    """The tutorial's steps in order: ``commands`` or ``page``, and the text."""
    found = [
        (kind, text) for step in _STEP.finditer(TUTORIAL.read_text()) for kind, text in step.groupdict().items() if text
    ]
    return [(str(kind), str(text)) for kind, text in found]


@asynccontextmanager
async def a_newcomer(home: Path) -> AsyncIterator[Newcomer]:
    ports = {port: str(free_port()) for port in PORTS}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWORK_")}
    shell = await asyncio.create_subprocess_exec(
        "bash", stdin=PIPE, stdout=PIPE, stderr=STDOUT, cwd=CHECKOUT, start_new_session=True,
        env=environment | {"HOME": str(home)},
    )  # fmt: skip
    assert shell.stdin is not None
    shell.stdin.write(b"trap 'echo \"refused: $BASH_COMMAND\"' ERR\n")
    # The server's certificate is its own: the person told the browser to go on.
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    origin = f"https://127.0.0.1:{ports['8443']}"
    try:
        async with httpx2.AsyncClient(base_url=origin, verify=unchecked, trust_env=False, timeout=30) as web:
            yield Newcomer(shell, web, ports, home)
    finally:
        # The shell, and with it everything started from it, has a session of its own.
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        await shell.wait()


def test_every_block_and_every_page_of_the_tutorial_is_a_step() -> None:
    text = TUTORIAL.read_text()
    found = steps()
    assert text.count("```") == 2 * sum(kind == "commands" for kind, _ in found)
    assert text.count(ON_THE_PAGE) == sum(kind == "page" for kind, _ in found) == len(PAGES)
    assert all(port in text for port in PORTS)


async def test_the_tutorial_from_nothing_to_a_second_computer_printing(tmp_path: Path) -> None:
    pages = iter(PAGES)
    async with a_newcomer(tmp_path) as newcomer:
        through = ""
        for kind, text in steps():
            if kind == "commands":
                if through:
                    await newcomer.sees(through)
                through = newcomer.type(text)
            else:
                beginning, do = next(pages)
                assert text.startswith(beginning)
                newcomer.pages.append(text)
                if do is not confirm:
                    await newcomer.sees(through)
                await do(newcomer)
        await newcomer.sees(through)
        assert next(pages, None) is None
        said = newcomer.said
    assert len(re.findall(r"Printed on Hall|printed on Hall", said)) >= 3, said
    assert not (tmp_path / "presswork-tutorial").exists()
