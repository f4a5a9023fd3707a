"""The agent's certificate: trusted because nobody but root or the agent's account could have written its file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from presswork.core.errors import Distrusted, Unavailable

_LIMIT = 64 * 1024
_NOT_THERE = (
    "The Presswork service of this computer has never run, or keeps its files elsewhere ({path} is missing). "
    "Start it: systemctl start presswork-agent"
)
_NOT_OPEN = "{path} cannot be read by your account. Ask your administrator to run: chmod 711 {directory}"


def read_certificate(directory: Path) -> str:
    """The PEM in ``directory/public/client-control.crt``.

    ``Distrusted`` unless file, folders and the way to them belong to root, to the owner of ``directory`` (the agent's
    account) or to the caller, and nobody else can write them. ``Unavailable`` when it is not there.
    """
    directory = directory.absolute()
    path = directory / "public" / "client-control.crt"
    try:
        owners = {0, directory.stat().st_uid}
        for ancestor in (*directory.parents, *directory.resolve().parents):  # a link may lead along another way
            _check_way(ancestor, owners | {os.geteuid()})
        for folder in (directory, path.parent):
            _check(folder, folder.lstat(), owners, stat.S_ISDIR)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _check(path, os.fstat(descriptor), owners, stat.S_ISREG)
            return file.read(_LIMIT).decode("ascii", "replace")
    except FileNotFoundError:
        raise Unavailable(_NOT_THERE.format(path=path)) from None
    except PermissionError:
        raise Unavailable(_NOT_OPEN.format(path=path, directory=directory)) from None
    except OSError:  # a symbolic link in place of the file
        raise _distrusted(path) from None


def _check_way(folder: Path, owners: set[int]) -> None:
    """Whoever may write here could put another directory in our way, unless the folder is sticky, as /tmp is."""
    status = folder.lstat()
    anybody = bool(status.st_mode & stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX
    if status.st_uid not in owners or (anybody and not stat.S_ISLNK(status.st_mode)):
        raise _distrusted(folder)


def _check(path: Path, status: os.stat_result, owners: set[int], kind: Callable[[int], bool]) -> None:
    if not kind(status.st_mode) or status.st_uid not in owners or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _distrusted(path)


def _distrusted(path: Path) -> Distrusted:
    return Distrusted(
        f"Others than the Presswork service could have written {path}, so the service cannot be told from an impostor. "
        "Tell your administrator."
    )
