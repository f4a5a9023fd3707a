"""The stage of the demo: a scratch folder, a user of its own, programs that end with it."""

from __future__ import annotations

import asyncio
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from browser import DemoFailed

ROOT = Path(__file__).parents[2]
USER_PREFIX = "presswork-demo"


class Stage:
    """Where everything happens. ``user`` is the demo's own system user when we are root, else the one who runs it."""

    def __init__(self, folder: Path, user: str) -> None:
        self.folder = folder
        self.user = user
        self.program = ROOT / ".venv" / "bin" / "presswork"
        self._running: dict[str, Process] = {}
        self._ports: list[socket.socket] = []

    @property
    def own_user(self) -> bool:
        """Whether the programs run as a user that exists only for the demo."""
        return self.user.startswith(USER_PREFIX)

    def port(self, preferred: int) -> int:
        """That port of loopback, or a free one where somebody has it, another demo that has not bound it yet included."""
        for wanted in (preferred, *[0] * 20):
            number = _free(wanted)
            mine = socket.socket(socket.AF_UNIX)
            try:
                mine.bind(f"\0{USER_PREFIX}-port-{number}")
            except OSError:
                mine.close()
                continue
            if number:
                self._ports.append(mine)
                return number
            mine.close()
        raise DemoFailed("There is no free port on this computer.")

    def make_folder(self, name: str, mode: int = 0o700) -> Path:
        """A folder that belongs to the demo's user."""
        folder = self.folder / name
        folder.mkdir(mode=mode)
        folder.chmod(mode)
        if self.own_user:
            shutil.chown(folder, self.user, self.user)
        return folder

    async def start(self, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """Start ``presswork …`` as the demo's user; it ends with the demo, however that ends."""
        with self.log_of(name).open("wb") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                *self._command(*arguments),
                stdin=DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=self.environment(environment),
                cwd="/",
                start_new_session=True,
            )

    async def run(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        as_person: bool = False,
        seconds: float = 30,
    ) -> str:
        """Run ``presswork …`` to its end; what it printed. ``DemoFailed`` when it was refused."""
        command = [str(self.program), *arguments] if as_person else self._command(*arguments)
        return await run(*command, environment=self.environment(environment), seconds=seconds)

    async def until(self, what: str, found: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
        """Ask again and again; ``DemoFailed`` with the end of a log when a program ended or time is over."""
        try:
            async with asyncio.timeout(seconds):
                while not await found():
                    for name, process in self._running.items():
                        if process.returncode is not None:
                            raise DemoFailed(f"{name} ended by itself:\n{self.end_of_log(name)}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            logs = "\n".join(f"--- {name}\n{self.end_of_log(name)}" for name in self._running)
            raise DemoFailed(f"Waited {seconds:g} seconds in vain until {what}.\n{logs}") from None

    def log_of(self, name: str) -> Path:
        """Where a program's words go."""
        return self.folder / f"{name}.log"

    def end_of_log(self, name: str) -> str:
        """Its last words."""
        return "\n".join(self.log_of(name).read_text("utf-8", "replace").splitlines()[-15:])

    async def stop(self) -> None:
        """End every program, the last started first."""
        for process in reversed(self._running.values()):
            await end(process)
        for mine in self._ports:
            mine.close()

    def _command(self, *arguments: str) -> list[str]:
        command = [str(self.program), *arguments]
        identity = ["--reuid", self.user, "--regid", self.user, "--clear-groups"] if self.own_user else []
        return ["setpriv", *identity, "--pdeathsig", "TERM", *command]

    def environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        """The environment of a program of the demo: nothing of other demos or installations."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PRESSWORK_", "CUPS_"))}
        return kept | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "HOME": str(self.folder), **(more or {})}


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A stage that leaves nothing behind."""
    with scratch_folder() as folder, own_user() as user:
        it = Stage(folder, user or getpass.getuser())
        try:
            if user and not _can_run(user, it.program):
                await run(str(ROOT / "scripts" / "install-elsewhere"), str(folder / "venv"), seconds=300)
                it.program = folder / "venv" / "bin" / "presswork"
            yield it
        finally:
            await it.stop()


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that every account may enter; gone at the end, whatever is in it."""
    folder = Path(tempfile.mkdtemp(prefix="presswork-demo-"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_user() -> Iterator[str]:
    """A system user that exists as long as the demo; an empty name where we are not root."""
    if os.geteuid() != 0:
        yield ""
        return
    remove_forgotten_users()
    user = make_user()
    try:
        yield user
    finally:
        subprocess.run(["userdel", user], check=False, capture_output=True)


def make_user() -> str:
    """A system user for this demo only; its name tells whose it is."""
    name = f"{USER_PREFIX}-{os.getpid()}"
    nobody_logs_in = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    command = ["useradd", "--system", "--user-group", *nobody_logs_in, name]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        raise DemoFailed(f"useradd could not make the agent's user: {made.stderr.strip()}")
    return name


def remove_forgotten_users() -> None:
    """Users of demos that were killed before they could clean up."""
    for entry in pwd.getpwall():
        prefix, _, number = entry.pw_name.rpartition("-")
        if prefix == USER_PREFIX and number.isdigit() and not Path(f"/proc/{number}").exists():
            subprocess.run(["userdel", entry.pw_name], check=False, capture_output=True)


def _can_run(user: str, program: Path) -> bool:
    command = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", str(program), "--version"]
    return subprocess.run(command, check=False, capture_output=True, cwd="/").returncode == 0


async def run(*command: str, environment: Mapping[str, str] | None = None, seconds: float = 30) -> str:
    """Run a program to its end; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=None if environment is None else dict(environment),
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        raise DemoFailed(f"{' '.join(command)} did not end within {seconds:g} seconds.") from None
    finally:
        await end(process)
    text = output.decode(errors="replace")
    if process.returncode != 0:
        raise DemoFailed(f"{' '.join(command)} failed:\n{text.strip()}")
    return text


async def end(process: Process) -> None:
    """Ask it to end, then make it."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(8):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free(number: int) -> int:
    """The port if nobody listens there, else 0; for 0 one that is free now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
