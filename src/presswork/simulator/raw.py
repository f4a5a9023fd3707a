"""RAW (also called port 9100, AppSocket, JetDirect): a connection is a job, its octets are the document. No answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from presswork.documents.inspect import sniff
from presswork.printer.job import JobState
from presswork.printer.store import NewJob
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.store import DOCUMENT_LIMIT, Entry, MemoryStore

_log = structlog.get_logger()
_PIECE = 64 * 1024
_IDLE_SECONDS = 60.0


async def receive(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, store: MemoryStore, faults: Faults, bell: Bell
) -> None:
    """One connection. With the fault ``hang`` it stops reading after the first octets."""
    entry: Entry | None = None
    data = bytearray()
    try:
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                chunk = await reader.read(_PIECE)
            if not chunk:
                break
            entry = entry or _begin(store, writer)
            data += chunk
            if len(data) > DOCUMENT_LIMIT:
                break
            while faults.hang:
                await bell.wait()
        if entry is not None:
            _finish(store, entry, bytes(data))
    except OSError:  # TimeoutError is one
        _log.info("raw connection broke off")
    except Exception:
        _log.exception("raw connection failed")
    finally:
        if entry is not None and entry.job.job_state_reasons == ("job-incoming",):
            store.end(entry, JobState.ABORTED, "submission-interrupted")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _begin(store: MemoryStore, writer: asyncio.StreamWriter) -> Entry:
    host = str(writer.get_extra_info("peername")[0])
    return store.add(NewJob(f"RAW job from {host}", "anonymous", "none", ()), "raw")


def _finish(store: MemoryStore, entry: Entry, data: bytes) -> None:
    document_format = sniff(data)
    if entry.job.job_state.terminated:
        return
    if document_format is None or len(data) > DOCUMENT_LIMIT:
        store.end(entry, JobState.ABORTED, "unsupported-document-format")
    else:
        store.complete(entry, data, document_format)
