"""Two accounts of one computer, each in its own process under its own user id."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.spool.job import Phase
from presswork.protocols.control.words import AccountBinding
from presswork.testing.intake import PRINTER, STATE
from presswork.testing.local import RunningLocal, running_local
from presswork.testing.pdf import make_pdf

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become two other accounts")

ONE, TWO = pwd.getpwnam("daemon"), pwd.getpwnam("nobody")
BOUND = STATE.model_copy(
    update={
        "accounts": tuple(
            AccountBinding(account=account.pw_name, user_id=uuid4(), person=account.pw_name) for account in (ONE, TWO)
        )
    }
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where other accounts may pass through."""
    made = Path(tempfile.mkdtemp(prefix="presswork-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def local(folder: Path) -> AsyncIterator[RunningLocal]:
    async with running_local(folder / "agent", state=BOUND) as running:
        yield running


@pytest.fixture
def letter(folder: Path) -> Path:
    path = folder / "letter.pdf"
    path.write_bytes(make_pdf())
    return path


async def test_a_job_belongs_to_the_account_the_kernel_names(local: RunningLocal, letter: Path) -> None:
    printed = await local.presswork("print", str(letter), "--queue", "secure", uid=ONE.pw_uid)
    assert (printed.status, printed.err) == (0, "")
    (job,) = await local.spool.list()
    assert (job.account, job.user_id) == (ONE.pw_name, BOUND.accounts[0].user_id)


async def test_a_second_account_cannot_see_release_or_delete_it(local: RunningLocal, letter: Path) -> None:
    await local.presswork("print", str(letter), "--queue", "secure", uid=ONE.pw_uid)
    (job,) = await local.spool.list()
    for other in (TWO.pw_uid, 0):
        listed = await local.presswork("jobs", "--all", "--json", uid=other)
        assert json.loads(listed.out) == []
        for attempt in (
            ("jobs", str(job.id)),
            ("release", str(job.id), "--printer", PRINTER.name),
            ("release", str(job.id)[-8:], "--printer", PRINTER.name),
            ("delete", str(job.id)),
        ):
            refused = await local.presswork(*attempt, uid=other)
            assert refused.status == 1, attempt
            assert "no such document" in refused.err
    assert (await local.spool.get(job.id)).phase is Phase.HELD

    listed = await local.presswork("jobs", "--json", uid=ONE.pw_uid)
    assert [view["job"]["job_id"] for view in json.loads(listed.out)] == [str(job.id)]
    released = await local.presswork("release", str(job.id), "--printer", PRINTER.name, uid=ONE.pw_uid)
    assert (released.status, released.out) == (0, "letter.pdf: on its way to Lobby.\n")


async def test_another_account_reads_the_certificate_and_nothing_else(local: RunningLocal) -> None:
    program = (
        "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]));"
        "folder = sys.argv[1]\n"
        "def readable(path):\n"
        "    try: return bool(open(path, 'rb').read(1))\n"
        "    except PermissionError: return False\n"
        "try: os.listdir(folder); print('listed')\n"
        "except PermissionError: pass\n"
        "print([name for name in sys.argv[3:] if readable(os.path.join(folder, name))])"
    )
    names = ["public/client-control.crt", "client-control.key", "spool/spool.db", "spool/spool.key"]
    assert all((local.settings.directory / name).is_file() for name in names)

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        str(local.settings.directory),
        str(TWO.pw_uid),
        *names,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert out.decode().strip() == "['public/client-control.crt']"


async def test_an_account_without_a_name_is_nobody(local: RunningLocal) -> None:
    listed = await local.presswork("jobs", uid=4_000_123)
    assert listed.status == 1
    assert "closed the connection" in listed.err
