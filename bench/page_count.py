"""One-page PDFs whose pages are counted, a second; each in a throw-away process, both sides. Peer: pdfinfo (poppler-utils).

    python bench/page_count.py

Two at once, as in the agent. Ours has a process without files, network and rights, forked by a nursery; the peer's is
started anew for each document, with no limits at all, and reads it from a file.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

from rounds import Comparison

from presswork.documents.inspect import PDF, count_pages
from presswork.documents.sandbox import Sandbox
from presswork.testing.pdf import make_pdf

DOCUMENT = make_pdf().ljust(10 * 1024, b"\n")
DOCUMENTS = 100
AT_ONCE = 2
ROUNDS = 5


async def main() -> None:
    """Run and print the comparison."""
    result = Comparison("page_count", "documents/s")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        await asyncio.to_thread(Path(file.name).write_bytes, DOCUMENT)
        async with Sandbox() as sandbox:
            await result.run(lambda: _rate(lambda: _ours(sandbox)), lambda: _rate(lambda: _pdfinfo(file.name)), ROUNDS)
    result.print()


async def _rate(count: Callable[[], Awaitable[bool]]) -> float:
    async def some() -> None:
        for _ in range(DOCUMENTS // AT_ONCE):
            assert await count()

    start = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return DOCUMENTS / (time.perf_counter() - start)


async def _ours(sandbox: Sandbox) -> bool:
    return await count_pages(DOCUMENT, PDF, sandbox=sandbox) == 1


async def _pdfinfo(name: str) -> bool:
    process = await asyncio.create_subprocess_exec("pdfinfo", name, stdout=PIPE, stderr=DEVNULL)
    said, _ = await process.communicate()
    return b"\nPages:           1\n" in said


if __name__ == "__main__":
    asyncio.run(main())
