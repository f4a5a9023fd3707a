"""An intake that is broken off at its n-th step while a document comes, and the next start. Run by test_every_step.py.

The intake is a process of its own, forked from this one, which speaks to it as an application does. Each line on standard
input is a wish, each line on standard output what became of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypedDict
from uuid import UUID, uuid4

from presswork.agent.spool.job import Phase
from presswork.core.errors import Fault
from presswork.net.http_client_exchange import Deadlines
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.values import MimeMediaType, Name, Tag, Uri
from presswork.testing.intake import HOLD, running_intake
from presswork.testing.spool_files import documents_in_files, jobs_in_files
from presswork.testing.spooling import document_of
from presswork.testing.stepping import BROKEN_OFF, MISTAKE, SURVIVED, Mode, Steps, answer_wishes, forked, status_of

LAST_SUCCESS = 0x00FF
STRUCK = b"!"
_DEADLINES = Deadlines(connect=10, stall=20, reply=20)


class Wish(TypedDict):
    directory: str
    step: int
    mode: Mode
    size: int
    """Octets of the document."""
    way: Literal["print-job", "create-job"]


def document(wish: Wish) -> bytes:
    return (b"%PDF-1.4 " + bytes(range(256)) * (wish["size"] // 256 + 1))[: wish["size"]]


async def serve(wish: Wish, said: int) -> int:
    """Says its port, and when it is struck; until it is broken off or killed."""
    me = asyncio.current_task()
    assert me is not None

    def struck() -> None:
        os.write(said, STRUCK)

    steps = Steps.of(wish["step"], wish["mode"], me, struck)
    with suppress(asyncio.CancelledError, ExceptionGroup):
        async with running_intake(Path(wish["directory"])) as intake:
            asyncio.get_running_loop().set_task_factory(steps.task)
            steps.armed = True
            os.write(said, f"{intake.port}\n".encode())
            await asyncio.Event().wait()
    return BROKEN_OFF if steps.left <= 0 else SURVIVED


async def print_one(uri: str, wish: Wish, job_uuid: UUID) -> bool:
    """As an application does; whether it was told that its document is taken."""
    names = (Attribute.of("job-name", Name("Letter")), Attribute.of("job-uuid", Uri(job_uuid.urn)))
    kind = Attribute.of("document-format", MimeMediaType("application/pdf"))
    with suppress(Fault):
        async with IppClient(uri, user="anybody", deadlines=_DEADLINES) as client:
            if wish["way"] == "print-job":
                return taken(await client.call(Operation.PRINT_JOB, *names, kind, **content(wish)))
            made = await client.call(Operation.CREATE_JOB, *names)
            job_id = made.group(Tag.JOB).get("job-id")
            if not taken(made) or job_id is None:
                return False
            last = Attribute.of("last-document", True)
            return taken(await client.call(Operation.SEND_DOCUMENT, job_id, kind, last, **content(wish)))
    return False


def content(wish: Wish) -> dict[str, Any]:
    async def pieces() -> AsyncIterator[bytes]:
        whole = document(wish)
        for start in range(0, len(whole), 65_536):
            yield whole[start : start + 65_536]

    return {"document": pieces(), "document_length": wish["size"]}


def taken(reply: Message) -> bool:
    return reply.code <= LAST_SUCCESS


def found(wish: Wish) -> list[tuple[str, bool]]:
    """Every job in the files: its phase, and whether it has its document."""
    return [(job.phase, job.document_kept) for job in jobs_in_files(Path(wish["directory"]))]


async def recover(wish: Wish, job_uuid: UUID) -> dict[str, Any]:
    """The next start: what is there then, and what becomes of it when the application prints the same job again."""
    directory = Path(wish["directory"])
    async with running_intake(directory) as intake:
        whole = [job for job in await intake.spool.list() if job.phase is Phase.HELD]
        before = [await document_of(intake.spool, job.id) == document(wish) for job in whole]
        again = await print_one(intake.uri(HOLD.name), wish, job_uuid)
        jobs = await intake.spool.list()
        held = [job for job in jobs if job.phase is Phase.HELD]
        after = [await document_of(intake.spool, job.id) == document(wish) for job in held]
    return {
        "before": before,
        "again": again,
        "after": after,
        "others": sorted({(job.phase, job.document_kept) for job in jobs if job not in held}),
        "sealed": documents_in_files(directory),
    }


def answer(wish: Wish) -> dict[str, Any]:
    listening, saying = os.pipe()
    child = forked(lambda: asyncio.run(serve(wish, saying)))
    os.close(saying)
    with os.fdopen(listening, "rb") as said:
        port, job_uuid = int(said.readline()), uuid4()
        promised = asyncio.run(print_one(f"ipp://127.0.0.1:{port}/ipp/print/{HOLD.name}", wish, job_uuid))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        status = status_of(child)
        struck = STRUCK in said.read()
    left = found(wish)
    story = asyncio.run(recover(wish, job_uuid))
    return {"survived": not struck, "mistake": status == MISTAKE, "promised": promised, "left": left, **story}


if __name__ == "__main__":
    answer_wishes(answer)
