"""The simulator's page: what it shows, and who may push its buttons."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from presswork.printer.job import JobState
from presswork.printer.store import NewJob
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Simulator
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS, eventually


async def ask(simulator: Simulator, head: str, body: str = "") -> tuple[int, str, bytes]:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.listen.page_port)
    lines = [head + " HTTP/1.1" if "\r\n" not in head else head.replace("\r\n", " HTTP/1.1\r\n", 1)]
    if "Host:" not in head:
        lines.append(f"Host: 127.0.0.1:{simulator.listen.page_port}")
    lines += ["Connection: close", f"Content-Length: {len(body)}"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    top, _, rest = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), top.decode(), rest


async def push(simulator: Simulator, path: str = "/faults", head: str = "", **fields: str) -> int:
    fields = {"token": simulator.token} | fields
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    return (await ask(simulator, f"POST {path}{head}", body))[0]


async def print_here(simulator: Simulator, name: str, *ticket: Attribute) -> None:
    entry = simulator.store.add(NewJob(name, "<b>mallory</b>", "none", ticket), "ipp")
    simulator.store.complete(entry, make_pdf(3), "application/pdf")
    await eventually(lambda: entry.job.job_state == JobState.COMPLETED, 20_000 * MS)


async def test_the_page_shows_what_came_out_and_escapes_it() -> None:
    async with simulate(name="East <1>") as simulator:
        await print_here(
            simulator,
            "<script>alert(1)</script>",
            Attribute.of("copies", 2),
            Attribute.of("sides", Keyword("two-sided-long-edge")),
            Attribute.of("print-color-mode", Keyword("monochrome")),
        )
        status, head, body = await ask(simulator, "GET /")
        page = body.decode()
        assert status == 200
        assert "default-src 'none'" in head
        assert "<script>" not in page
        assert "<b>mallory" not in page
        assert "East &lt;1&gt;" in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        for words in ("3 pages", "× 2 copies", "two-sided, long edge", "black and white", "6 sides", "4 sheets"):
            assert words in page
        pictures = re.findall(r'src="(/jobs/[^"]+)"', page)
        assert pictures == [f"/jobs/1/pages/{number}.png" for number in (1, 2, 3)]
        status, head, picture = await ask(simulator, f"GET {pictures[0]}")
        assert (status, picture[:4]) == (200, b"\x89PNG")
        assert "image/png" in head


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/1/pages/4.png",
        "/jobs/9/pages/1.png",
        "/jobs/1/pages/x.png",
        "/../etc/passwd",
        "/assets/style.css",
        "/jobs/1",
    ],
)
async def test_what_is_not_there(path: str) -> None:
    async with simulate() as simulator:
        await print_here(simulator, "report")
        assert (await ask(simulator, f"GET {path}"))[0] == 404


async def test_the_files_of_the_page_are_there() -> None:
    async with simulate() as simulator:
        assert (await ask(simulator, "GET /style.css"))[2].startswith(b":root")
        assert b"setInterval" in (await ask(simulator, "GET /page.js"))[2]
        assert (await ask(simulator, "GET /icon.png"))[2].startswith(b"\x89PNG")


async def test_a_button_switches_a_fault_on_and_off() -> None:
    async with simulate() as simulator:
        for name in ("paper_out", "jam", "offline", "hang", "lies"):
            for value in ("on", "off"):
                assert await push(simulator, name=name, value=value) == 303
                assert getattr(simulator.faults, name) == (value == "on")
                assert (await ask(simulator, "GET /"))[0] == 200
        assert await push(simulator, name="slow", value="5") == 303
        assert simulator.faults.slow == 5
        assert b"aria-pressed" in (await ask(simulator, "GET /"))[2]


@pytest.mark.parametrize(
    ("head", "fields", "status"),
    [
        ("", {"token": "wrong"}, 403),
        ("", {"token": ""}, 403),
        ("\r\nOrigin: http://evil.example", {}, 403),
        ("\r\nOrigin: null", {}, 403),
        ("\r\nHost: evil.example", {}, 403),
        ("\r\nHost: 127.0.0.1.evil.example", {}, 403),
        ("", {"name": "__class__"}, 404),
        ("", {"value": "maybe"}, 404),
        ("", {"name": "slow", "value": "1e9"}, 404),
        ("", {"more": "x" * 5000}, 400),
    ],
)
async def test_nobody_else_pushes_a_button(head: str, fields: dict[str, str], status: int) -> None:
    async with simulate() as simulator:
        assert await push(simulator, head=head, **({"name": "jam", "value": "on"} | fields)) == status
        assert not simulator.faults.jam


async def test_a_get_changes_nothing() -> None:
    async with simulate() as simulator:
        await ask(simulator, f"GET /faults?token={simulator.token}&name=jam&value=on")
        assert not simulator.faults.jam


async def test_a_page_of_another_name_sees_nothing() -> None:
    async with simulate() as simulator:
        status, _, body = await ask(simulator, "GET /\r\nHost: evil.example")
        assert status == 403
        assert simulator.token.encode() not in body


async def test_the_report_and_the_empty_tray() -> None:
    async with simulate() as simulator:
        await print_here(simulator, "report", Attribute.of("copies", 2))
        report = json.loads((await ask(simulator, "GET /output.json"))[2])
        assert (report["impressions"], report["state"]) == (6, "idle")
        assert report["jobs"][0]["name"] == "report"
        assert (report["jobs"][0]["pages"], report["jobs"][0]["copies"], report["jobs"][0]["impressions"]) == (3, 2, 6)
        assert await push(simulator, "/clear") == 303
        report = json.loads((await ask(simulator, "GET /output.json"))[2])
        assert (report["impressions"], report["jobs"]) == (6, [])


async def test_the_queue_is_shown_while_the_printer_stands_still() -> None:
    async with simulate() as simulator:
        simulator.faults.paper_out = True
        entry = simulator.store.add(NewJob("report", "alice", "none", ()), "ipp")
        simulator.store.complete(entry, make_pdf(3), "application/pdf")
        await eventually(lambda: entry.job.job_state == JobState.PROCESSING_STOPPED, 20_000 * MS)
        page = (await ask(simulator, "GET /"))[2].decode()
        assert "Out of paper. Load paper to go on." in page
        assert "0 of 3" in page
        entry.change(job_state=JobState.CANCELED)
        simulator.faults.paper_out = False
