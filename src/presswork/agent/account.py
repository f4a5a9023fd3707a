"""Whom the agent runs as: the owner of its directory. Nothing it does needs root."""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from pathlib import Path

from presswork.core.errors import Invalid

_PR_SET_DUMPABLE = 4  # <linux/prctl.h>


def become_owner(directory: Path) -> bool:
    """Started by root: go on as the account that owns ``directory``, for good. False where that is root too."""
    if os.geteuid() != 0:
        return True
    owner = _owner(directory)
    if owner == 0:
        return False
    try:
        account = pwd.getpwuid(owner)
    except KeyError:
        raise Invalid(f"{directory} belongs to user id {owner}, which is no account of this computer.") from None
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(owner)
    return True


def close_memory() -> None:
    """Nobody but root reads this process's memory, where keys are, from here on: no other of its account, no core dump.

    The process that reads documents may run under the same account (prctl(2), ptrace(2)).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _owner(directory: Path) -> int:
    """Of the directory, or of the folder that it will be made in."""
    for folder in (directory, *directory.absolute().parents):
        if folder.is_dir():
            return folder.stat().st_uid
    return 0
