"""The agent's directory: its own, closed to everybody else, except for ``public/``.

0711  .                      others may pass through to public/, and list or read nothing
0600  agent.key, …           keys, certificates, the server's address
0700  spool/                 jobs and sealed documents
0755  public/                what local clients may read: client-control.crt
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from presswork.core.errors import Invalid, NotFound, Unavailable

PUBLIC = "public"
_MODE = 0o711


def prepare_directory(directory: Path) -> None:
    """Make it, or make sure that it is the agent's own. ``Invalid`` when others could have read or changed what is in it.

    ``Unavailable`` where the disk lets nothing be made.
    """
    try:
        make_durably(directory, _MODE)
        check_directory(directory)
        directory.chmod(_MODE)
        public = directory / PUBLIC
        public.mkdir(mode=0o755, exist_ok=True)
        _check_owner(public)
        public.chmod(0o755)
    except OSError as error:
        raise Unavailable(
            f"The agent can keep nothing in its directory {directory} ({error.strerror}). Look at the disk it is on, "
            "then start the agent again."
        ) from error


def check_directory(directory: Path) -> None:
    """Raises ``NotFound`` where there is none, ``Invalid`` where it is somebody else's or open to others."""
    _check_owner(directory)
    mode = stat.S_IMODE(directory.lstat().st_mode)
    if mode & 0o066:
        raise Invalid(
            f"Others on this computer may look into {directory} (mode {mode:o}), where keys and documents are kept. "
            f"Run: chmod 711 {directory}"
        )


def mark_of(directory: Path) -> str:
    """Sixteen characters that tell this directory from any other of the computer: two agents never share one."""
    status = directory.stat()
    return sha256(f"{status.st_dev}:{status.st_ino}".encode()).hexdigest()[:16]


def make_durably(directory: Path, mode: int) -> None:
    """Make a directory, and those it stands in, where they are not there yet. Their names are on the disk when it returns."""
    missing = [folder for folder in directory.parents if not folder.exists()]
    directory.mkdir(mode=mode, parents=True, exist_ok=True)
    for folder in (directory, *missing):
        # What a start that was killed has made is synced by the next one; a parent that may not be read is not ours.
        with suppress(PermissionError):
            sync_directory(folder.parent)


def sync_directory(directory: Path) -> None:
    """The names in it are on the disk when it returns."""
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_durably(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace ``path`` in one step; file and directory are synced. Never follows a link, never open to others meanwhile."""
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(descriptor, mode)  # whatever the umask is
        file.flush()
        os.fsync(descriptor)
    scratch.replace(path)
    sync_directory(path.parent)


def _check_owner(directory: Path) -> None:
    try:
        status = directory.lstat()
    except FileNotFoundError:
        raise NotFound(f"There is no directory {directory} for the agent. It is made when the agent starts.") from None
    if not stat.S_ISDIR(status.st_mode):
        raise Invalid(f"{directory} is not a directory. Move it away and start the agent again.")
    if status.st_uid != os.geteuid():
        raise Invalid(
            f"{directory} belongs to another account than the one the agent runs under. Run: chown -R to the agent's account, "
            "or start the agent by its service (systemctl start presswork-agent)."
        )
