"""Starts the throw-away process that reads one document, talks to it, and ends it.

The document is hostile and so may be the process once it has read it: it gets the document through a pipe, gives back
at most ``_OUTPUT_LIMIT`` octets through another, has no files, no network and no environment, and does not outlive
the call. Its own limits it sets itself before it reads (``worker.py``).
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterable
from contextlib import suppress
from weakref import WeakKeyDictionary

from presswork.core.errors import Busy, Fault, Invalid, TooLarge, Unsupported

Document = bytes | AsyncIterable[bytes]
"""A document in memory, or in pieces as they come from where it is kept."""

_AT_ONCE = 2
_FAREWELL = 1.0
_OUTPUT_LIMIT = 64 * 1024 * 1024
_PIECE = 256 * 1024
_FAULTS: dict[str, type[Fault]] = {fault.code: fault for fault in (Invalid, TooLarge, Unsupported)}
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def ask(
    verb: str, document: Document, document_format: str, *, seconds: float, **numbers: int
) -> tuple[dict[str, object], list[bytes]]:
    """One question about one document: the head of the answer, and what follows it.

    Raises the fault the process answers with, ``Busy`` after ``seconds`` (waiting for one of the few processes
    included), ``Invalid`` when the process dies or answers nonsense.
    """
    request = json.dumps({"verb": verb, "format": document_format} | numbers).encode() + b"\n"
    slot = _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))
    try:
        async with asyncio.timeout(seconds), slot:
            answer = await _run(request, document)
    except TimeoutError:
        raise Busy("Reading this document takes too long.") from None
    return _understand(answer)


async def _run(request: bytes, document: Document) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "presswork.documents.worker",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"LANG": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )
    try:
        async with asyncio.TaskGroup() as group:
            feeding = group.create_task(_feed(process, request, document))
            answer = await _collect(process)
            feeding.cancel()
        # it ends by itself now; killed at that very moment, its end would be lost to the loop and a warning logged
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await process.wait()
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    finally:
        await _end(process)
    return answer


async def _feed(process: Process, request: bytes, document: Document) -> None:
    stdin = process.stdin
    assert stdin is not None  # noqa: S101  (made by PIPE above)
    with suppress(ConnectionError):
        stdin.write(request)
        if isinstance(document, bytes):
            for start in range(0, len(document), _PIECE):
                stdin.write(document[start : start + _PIECE])
                await stdin.drain()
        else:
            async for piece in document:
                stdin.write(piece)
                await stdin.drain()
        stdin.close()


async def _collect(process: Process) -> bytes:
    stdout = process.stdout
    assert stdout is not None  # noqa: S101  (made by PIPE above)
    answer = bytearray()
    while piece := await stdout.read(_PIECE):
        answer += piece
        if len(answer) > _OUTPUT_LIMIT:
            raise TooLarge("The pictures of this document are larger than can be shown.")
    return bytes(answer)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await asyncio.shield(process.wait())
    if process.stdin is not None:
        process.stdin.close()
        with suppress(ConnectionError):
            await process.stdin.wait_closed()


def _understand(answer: bytes) -> tuple[dict[str, object], list[bytes]]:
    frames = list(_frames(answer))
    try:
        head = json.loads(frames[0])
    except (IndexError, ValueError):
        raise Invalid("This document could not be read.") from None
    if not isinstance(head, dict):
        raise Invalid("This document could not be read.")
    if "fault" in head:
        raise _FAULTS.get(str(head["fault"]), Invalid)(_line(head.get("sentence")))
    return head, frames[1:]


def _frames(answer: bytes) -> list[bytes]:
    frames = []
    offset = 0
    while offset + 4 <= len(answer):
        length = int.from_bytes(answer[offset : offset + 4], "big")
        offset += 4 + length
        if offset > len(answer):
            raise Invalid("This document could not be read.")
        frames.append(answer[offset - length : offset])
    return frames


def _line(text: object) -> str:
    line = "".join(c for c in str(text) if c.isprintable())
    return line[:255] or "This document could not be read."
