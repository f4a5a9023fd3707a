"""What a disk may hold after the power went: rebuilt from the system calls of a process, as strace wrote them down.

Two things are certain of a disk: what was written to a file before an fsync or fdatasync of that file began is there once
that returned; and a name that was made, changed or removed in a directory is so once an fsync of that directory returned.
Of everything else nobody knows whether it is there. ``Disk.image`` builds both ends of that, and what lies between: nothing
that was not synced survives, or some of it does.

What is not seen: pages written through a mapping. SQLite maps one file, the ``-shm`` of the write-ahead log, which it makes
anew after a crash; so that one is left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

CALLS = (
    "openat,open,creat,close,dup,dup2,dup3,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,rename,renameat,renameat2,"
    "unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,truncate,fallocate,link,linkat,symlink,symlinkat,copy_file_range,sendfile,"
    "io_uring_setup"
)
STRACE = ("strace", "-f", "--seccomp-bpf", "-xx", "-s", "100000000", "-e", f"trace={CALLS}")
_MODELLED = {
    "openat", "close", "write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "unlinkat", "mkdir", "ftruncate",
}  # fmt: skip
_LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>)?(.*)$")
_END = re.compile(r"\) += (-?\d+|\?).*$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_BLOCK = 4096
Write = tuple[int, bytes] | int
"""Octets at a place, or a new length."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that succeeded. It began before line ``began`` of the trace and was over at line ``ended``."""

    name: str
    arguments: tuple[str, ...]
    strings: tuple[bytes, ...]
    result: int
    began: int
    ended: int


def calls(trace: Path) -> Iterator[Call]:
    """The calls of a trace in the order in which they ended."""
    open_calls: dict[str, tuple[str, int]] = {}
    with trace.open() as lines:
        for number, line in enumerate(lines):
            matched = _LINE.match(line)
            assert matched is not None, line[:200]
            thread, resumed, text = matched.groups()
            began = number
            if resumed:
                before, began = open_calls.pop(thread)
                text = before + text
            elif text.endswith("<unfinished ...>"):
                open_calls[thread] = (text.removesuffix("<unfinished ...>"), number)
                continue
            ended = _END.search(text)
            if ended is None or not text[0].isalpha():  # a signal, the end of a thread
                continue
            if (result := ended[1]).isdecimal():
                yield _call(text[: ended.start()], int(result), began, number)


def _call(text: str, result: int, began: int, ended: int) -> Call:
    name, _, arguments = text.partition("(")
    strings = []
    for content, cut in _STRING.findall(arguments):
        assert not cut, "strace cut a string short"
        strings.append(bytes.fromhex(content.replace("\\x", "")))
    plain = _STRING.sub('""', arguments)
    return Call(name, tuple(part.strip() for part in plain.split(",")), tuple(strings), result, began, ended)


@dataclass(eq=False)
class File:
    """A file: what of it is certainly on the disk, and what was written since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, Write]] = field(default_factory=list)
    """With the line of the trace at which the write was over."""
    length: int = 0

    def write(self, place: int, data: bytes, line: int) -> None:
        self.since.append((line, (place, data)))
        self.length = max(self.length, place + len(data))

    def cut(self, length: int, line: int) -> None:
        self.since.append((line, length))
        self.length = length

    def sync(self, began: int) -> None:
        """What was over before the sync began is on the disk."""
        for line, write in self.since:
            if line < began:
                _apply(self.synced, write)
        self.since = [(line, write) for line, write in self.since if line >= began]

    def image(self, dice: random.Random | None) -> bytes:
        """The file after the power went: nothing but what was synced, or (``dice``) some blocks of the rest, too."""
        content = bytearray(self.synced)
        if dice is not None:
            for _, write in self.since:
                for block in _blocks(write):
                    if dice.random() < 0.5:
                        _apply(content, block)
        return bytes(content)


@dataclass
class Directory:
    """Names, and which of them are certainly on the disk."""

    names: dict[str, File | Directory] = field(default_factory=dict)
    synced: dict[str, File | Directory] = field(default_factory=dict)
    since: list[tuple[int, str, File | Directory | None]] = field(default_factory=list)

    def put(self, name: str, entry: File | Directory | None, line: int) -> None:
        """A name is made or changed; None removes it."""
        self.since.append((line, name, entry))
        _put(self.names, name, entry)

    def sync(self, began: int) -> None:
        for line, name, entry in self.since:
            if line < began:
                _put(self.synced, name, entry)
        self.since = [one for one in self.since if one[0] >= began]

    def image(self, dice: random.Random | None) -> dict[str, File | Directory]:
        """Names after the power went. A file system keeps the order of its changes, so a beginning of the rest survives."""
        names = dict(self.synced)
        if dice is not None:
            for _, name, entry in self.since[: dice.randint(0, len(self.since))]:
                _put(names, name, entry)
        return names


class Disk:
    """One directory tree as a process's calls make it. ``root`` exists when the process begins, and is on the disk."""

    def __init__(self, root: Path) -> None:
        self._root = PurePosixPath(root)
        self._top = Directory()
        self._open: dict[int, tuple[File | Directory, int, PurePosixPath]] = {}
        self._places: dict[int, int] = {}
        self.syncs = 0
        """How many calls have put something on the disk so far."""

    def do(self, call: Call) -> None:
        """One call more. A call on the tree that this model does not know is a failure of the model."""
        match call.name:
            case "openat" | "open" | "creat":
                self._do_open(call)
            case "close":
                self._open.pop(self._descriptor(call), None)
            case "fsync" | "fdatasync" if self._descriptor(call) in self._open:
                self._open[self._descriptor(call)][0].sync(call.began)
                self.syncs += 1
            case "write" if self._descriptor(call) in self._open:
                descriptor = self._descriptor(call)
                place = self._places.get(descriptor, 0)
                self._file(descriptor).write(place, call.strings[0][: call.result], call.ended)
                self._places[descriptor] = place + call.result
            case "pwrite64" if self._descriptor(call) in self._open:
                place = int(call.arguments[-1])
                self._file(self._descriptor(call)).write(place, call.strings[0][: call.result], call.ended)
            case "ftruncate" if self._descriptor(call) in self._open:
                self._file(self._descriptor(call)).cut(int(call.arguments[1]), call.ended)
            case "mkdir" | "unlink" | "unlinkat" | "rename":
                self._do_names(call)
            case _:
                touches = self._touches(call)
                assert call.name in _MODELLED or not touches, f"{call.name} is not in the model"

    def image(self, target: Path, dice: random.Random | None = None) -> None:
        """Write what is left into ``target``."""
        _build(self._top, target, dice)

    def _touches(self, call: Call) -> bool:
        paths = [self._inside(text.decode(errors="replace"), call) for text in call.strings[:2]]
        described = call.arguments and call.arguments[0].isdecimal() and int(call.arguments[0]) in self._open
        return bool(described) or any(path is not None for path in paths)

    def _do_open(self, call: Call) -> None:
        path = self._inside(call.strings[0].decode(errors="replace"), call)
        if path is None or path.name.endswith("-shm"):
            self._open.pop(call.result, None)
            return
        if not path.parts:
            entry: File | Directory = self._top
        else:
            parent = self._directory(path.parent)
            if path.name not in parent.names:
                assert "O_CREAT" in call.arguments[2], path
                parent.put(path.name, File(), call.ended)
            entry = parent.names[path.name]
        if isinstance(entry, File) and "O_TRUNC" in call.arguments[2]:
            entry.cut(0, call.ended)
        self._open[call.result] = (entry, call.ended, path)
        self._places[call.result] = 0

    def _do_names(self, call: Call) -> None:
        paths = [self._inside(text.decode(errors="replace"), call) for text in call.strings]
        if not any(path is not None for path in paths):
            return
        path = paths[0]
        assert path is not None, call
        if path.name.endswith("-shm"):
            return
        parent = self._directory(path.parent)
        match call.name:
            case "mkdir":
                parent.put(path.name, Directory(), call.ended)
            case "unlink" | "unlinkat":
                parent.put(path.name, None, call.ended)
            case "rename":
                target = paths[1]
                assert target is not None
                assert target.parent == path.parent, "within one directory"
                parent.put(target.name, parent.names[path.name], call.ended)
                parent.put(path.name, None, call.ended)

    def _inside(self, text: str, call: Call) -> PurePosixPath | None:
        """A path as it stands within the tree; None for one outside."""
        path = PurePosixPath(text)
        if not path.is_absolute():
            descriptor = call.arguments[0]
            if not descriptor.isdecimal() or int(descriptor) not in self._open:
                return None
            path = self._root / self._open[int(descriptor)][2] / path
        return path.relative_to(self._root) if path.is_relative_to(self._root) else None

    def _directory(self, path: PurePosixPath) -> Directory:
        entry: File | Directory = self._top
        for part in path.parts:
            assert isinstance(entry, Directory)
            entry = entry.names[part]
        assert isinstance(entry, Directory)
        return entry

    def _file(self, descriptor: int) -> File:
        entry = self._open[descriptor][0]
        assert isinstance(entry, File)
        return entry

    @staticmethod
    def _descriptor(call: Call) -> int:
        return int(call.arguments[0])


def _put(names: dict[str, File | Directory], name: str, entry: File | Directory | None) -> None:
    if entry is None:
        names.pop(name, None)
    else:
        names[name] = entry


def _apply(content: bytearray, write: Write) -> None:
    if isinstance(write, int):
        del content[write:]
        content.extend(bytes(write - len(content)))
        return
    place, data = write
    content.extend(bytes(max(0, place - len(content))))
    content[place : place + len(data)] = data


def _blocks(write: Write) -> Iterator[Write]:
    if isinstance(write, int):
        yield write
        return
    place, data = write
    for start in range(0, len(data), _BLOCK):
        yield place + start, data[start : start + _BLOCK]


def _build(directory: Directory, target: Path, dice: random.Random | None) -> None:
    target.mkdir(exist_ok=True)
    for name, entry in directory.image(dice).items():
        if isinstance(entry, File):
            (target / name).write_bytes(entry.image(dice))
        else:
            _build(entry, target / name, dice)
