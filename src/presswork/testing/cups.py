"""A cupsd of one's own: own configuration, directories and domain socket; several can run at once.

It runs the policies ``default`` and ``authenticated`` as Debian's cupsd.conf has them. Its directories lie in a short
folder that any account may enter: the path of a domain socket is limited to 107 octets, and cupsd's filters and
backends run as ``lp``.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import TypedDict

_POLICY = """
<Policy {name}>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit Create-Job Print-Job Print-URI Validate-Job>
    {authentication}
    Order deny,allow
  </Limit>
  <Limit Send-Document Send-URI Hold-Job Release-Job Restart-Job Purge-Jobs Set-Job-Attributes \
Create-Job-Subscription Renew-Subscription Cancel-Subscription Get-Notifications Reprocess-Job Cancel-Current-Job \
Suspend-Current-Job Resume-Job Cancel-My-Jobs Close-Job CUPS-Move-Job CUPS-Get-Document>
    {authentication}
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Add-Modify-Class CUPS-Delete-Class CUPS-Set-Default>
    AuthType Default
    Require user @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Pause-Printer Resume-Printer Enable-Printer Disable-Printer Pause-Printer-After-Current-Job Hold-New-Jobs \
Release-Held-New-Jobs Deactivate-Printer Activate-Printer Restart-Printer Shutdown-Printer Startup-Printer \
Promote-Job Schedule-Job-After Cancel-Jobs CUPS-Accept-Jobs CUPS-Reject-Jobs>
    AuthType Default
    Require user @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Cancel-Job CUPS-Authenticate-Job>
    {authentication}
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

_CUPSD_CONF = """
LogLevel debug
MaxLogSize 0
ErrorPolicy retry-job
Listen {socket}
Browsing No
DefaultAuthType Basic
WebInterface No
<Location />
  Order allow,deny
</Location>
<Location /admin>
  Order allow,deny
</Location>
"""

_CUPS_FILES_CONF = """
SystemGroup {system_groups}
ServerRoot {directory}/etc
RequestRoot {directory}/spool
CacheDir {directory}/cache
StateDir {directory}/state
TempDir {directory}/spool/tmp
ErrorLog {directory}/log/error_log
AccessLog {directory}/log/access_log
PageLog {directory}/log/page_log
FileDevice Yes
"""


@dataclass(slots=True)
class PrivateCupsd:
    """A running cupsd."""

    directory: Path
    socket: Path
    process: Process

    @property
    def files_conf(self) -> Path:
        """Its cups-files.conf."""
        return self.directory / "etc/cups-files.conf"

    @property
    def spool(self) -> Path:
        """Where it keeps documents (``d…``) and job control files (``c…``)."""
        return self.directory / "spool"

    @property
    def error_log(self) -> str:
        """All it has logged, at debug level."""
        return (self.directory / "log/error_log").read_text(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which lp, lpadmin and lpstat speak to this cupsd."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUPS_")}
        return kept | {"CUPS_SERVER": str(self.socket), "LC_ALL": "C.UTF-8"}

    async def kill(self) -> None:
        """As a crash would. Its filters and backends go on for a while."""
        self.process.kill()
        await self.process.wait()

    def kill_backends(self) -> int:
        """Kill its filters and backends, also those a killed cupsd left; how many there were."""
        return _end_children(self.directory)

    async def start(self) -> None:
        """Start it again; it answers when this returns."""
        self.process = await _start(self.directory)
        await _until_it_answers(self.socket, self.process)

    async def run(
        self, *arguments: str, account: str | None = None, timeout: float = 20, document: bytes | None = None
    ) -> tuple[int, str]:
        """Run one of CUPS' commands, as ``account`` where one is named; its exit status and all it said."""
        process = await asyncio.create_subprocess_exec(
            *arguments,
            env=self.environment,
            cwd="/",
            **_as(account),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(timeout):
                output, _ = await process.communicate(document)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, output.decode(errors="replace")


@asynccontextmanager
async def private_cupsd(
    *,
    system_groups: Sequence[str] = ("root", "lpadmin"),
    policies: Sequence[str] = ("default", "authenticated"),
    directives: Mapping[str, str] | None = None,
) -> AsyncIterator[PrivateCupsd]:
    """A cupsd that lives as long as the context; ``directives`` are added to its cupsd.conf. Needs root, as cupsd does."""
    directory = Path(tempfile.mkdtemp(prefix="pw", dir="/tmp"))
    try:
        socket = directory / "cups.sock"
        _configure(directory, socket, system_groups, policies, directives or {})
        cupsd = PrivateCupsd(directory, socket, await _start(directory))
        try:
            await _until_it_answers(socket, cupsd.process)
            yield cupsd
        finally:
            await _stop(cupsd.process)
            _end_children(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class _Credentials(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as(account: str | None) -> _Credentials:
    if account is None:
        return {}
    entry = pwd.getpwnam(account)
    groups = os.getgrouplist(account, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}


def _configure(
    directory: Path,
    socket: Path,
    system_groups: Sequence[str],
    policies: Sequence[str],
    directives: Mapping[str, str],
) -> None:
    directory.chmod(0o755)
    for name in ("etc", "log", "cache", "state", "spool", "spool/tmp"):
        (directory / name).mkdir(mode=0o755)
    policy_text = "".join(
        _POLICY.format(name=name, authentication="AuthType Default" if name == "authenticated" else "")
        for name in policies
    )
    more = "".join(f"{name} {value}\n" for name, value in directives.items())
    (directory / "etc/cupsd.conf").write_text(_CUPSD_CONF.format(socket=socket) + more + policy_text)
    (directory / "etc/cups-files.conf").write_text(
        _CUPS_FILES_CONF.format(directory=directory, system_groups=" ".join(system_groups))
    )


async def _start(directory: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        "cupsd",
        "-f",
        "-c",
        str(directory / "etc/cupsd.conf"),
        "-s",
        str(directory / "etc/cups-files.conf"),
        cwd="/",
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )


async def _until_it_answers(socket: Path, process: Process) -> None:
    async with asyncio.timeout(20):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_unix_connection(str(socket))
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
    raise RuntimeError(f"cupsd ended with status {process.returncode} before it answered")


def _end_children(directory: Path) -> int:
    """Filters and backends, also of a cupsd that was killed: their environment says whose they are."""
    mark, ended = f"CUPS_SERVERROOT={directory}/etc".encode(), 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), SIGKILL)
                ended += 1
    return ended


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
