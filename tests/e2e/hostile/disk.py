"""A disk of its own for a program, that can be full, and fail as disks do: from one moment on it is only read."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

_SIZE = 160 * 1024 * 1024
"""Octets: more than the agent keeps free."""


@dataclass(frozen=True)
class Disk:
    """A file system in a file."""

    image: Path
    mounted_at: Path

    @property
    def _filler(self) -> Path:
        return self.mounted_at / "filler"

    def fill(self, *, leave: int = 0) -> None:
        """Take all the room but so many octets."""
        free = os.statvfs(self.mounted_at)
        size = free.f_bavail * free.f_frsize - leave
        with self._filler.open("wb") as file:
            while size > 0:
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), 0, size)
                    break
                size -= 1 << 16
            if not leave:
                file.seek(0, os.SEEK_END)
                with suppress(OSError):
                    while file.write(bytes(4096)):
                        file.flush()

    def empty(self) -> None:
        """Give it back."""
        self._filler.unlink()

    def fail(self) -> None:
        """As ext4 does when the disk below it fails."""
        _run("mount", "-o", "remount,abort", self.mounted_at)

    def replace(self) -> None:
        """Another disk with what was written to the one that failed. Nobody may have that open any more.

        The failed one itself may be no better when it is mounted again: every mount namespace that was made meanwhile, as by
        ``ip netns exec`` in other tests, has it mounted still, and failed it stays until the last of them is gone.
        """
        _run("umount", self.mounted_at)
        copy = self.image.with_suffix(".copy")
        _run("cp", "--sparse=always", self.image, copy)
        _run("mount", "-o", "loop", copy, self.mounted_at)


@contextmanager
def disk(directory: Path, mounted_at: Path, mode: int = 0o711) -> Iterator[Disk]:
    """A disk, mounted as a directory of that mode. Skips where this machine does not let us mount one."""
    made = Disk(directory / "disk.img", mounted_at)
    mounted_at.mkdir(parents=True)
    with made.image.open("wb") as image:
        image.truncate(_SIZE)
    try:
        _run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1", made.image)
        _run("mount", "-o", "loop", made.image, mounted_at)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a disk needs root, e2fsprogs and loop devices")
    try:
        mounted_at.chmod(mode)
        yield made
    finally:
        subprocess.run(["umount", "--lazy", mounted_at], check=False, capture_output=True)


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)
