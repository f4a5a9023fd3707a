from __future__ import annotations

import asyncio
import errno
import resource
import subprocess
import sys

from structlog.testing import capture_logs

from presswork.core.service import LoopLog


def test_all_descriptors_are_used_that_may_be() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, 4_000)
    program = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (100, {most}))\n"
        "from presswork.core.service import use_all_descriptors\n"
        "use_all_descriptors()\n"
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == [str(most), str(most)]


async def test_that_no_connection_can_be_taken_is_said_once_and_in_a_line() -> None:
    loop, log = asyncio.get_running_loop(), LoopLog()
    with capture_logs() as said:
        for _ in range(3):
            log(loop, {"message": "accept", "exception": OSError(errno.EMFILE, "Too many open files")})
    assert [(entry["reason"], "exc_info" in entry) for entry in said] == [("Too many open files", False)]


async def test_what_nobody_waited_for_is_logged_with_its_traceback() -> None:
    loop, mistake = asyncio.get_running_loop(), RuntimeError("a mistake")
    with capture_logs() as said:
        LoopLog()(loop, {"message": "Task exception was never retrieved", "exception": mistake})
        LoopLog()(loop, {"message": "no exception at all"})
    assert [(entry["what"], entry["exc_info"]) for entry in said] == [
        ("Task exception was never retrieved", mistake),
        ("no exception at all", None),
    ]
