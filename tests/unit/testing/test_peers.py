from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from presswork.testing.peers import ippeveprinter

pytestmark = pytest.mark.interop


async def test_printers_run_at_the_same_time_and_show_what_came_out(tmp_path: Path):
    document = tmp_path / "document.pdf"
    document.write_bytes(b"%PDF-1.7\n%%EOF\n")
    async with ippeveprinter(tmp_path) as one, ippeveprinter(tmp_path) as two:
        assert one.port != two.port
        process = await asyncio.create_subprocess_exec(
            *("ipptool", "-q", "-f", str(document), one.uri, "print-job.test")
        )
        assert await process.wait() == 0
        (printed,) = await one.printed(1)
        assert printed.document == document.read_bytes()
        assert printed.attributes["document-format-supplied"] == "application/pdf"
        assert two.printed_now() == []
        assert await asyncio.to_thread(one.certificate_sha256) != await asyncio.to_thread(two.certificate_sha256)
    assert one.process.returncode is not None
