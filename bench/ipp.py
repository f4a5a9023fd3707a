"""IPP from the load's side: requests made once, a keep-alive connection that costs little, many of them in threads."""

from __future__ import annotations

import getpass
import itertools
import socket
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.limits import REPLY_LIMITS
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Name, Tag

ME = getpass.getuser()
HELD = (Group(Tag.JOB, (Attribute.of("job-hold-until", Keyword("indefinite")),)),)
_LAST_SUCCESS = 0x00FF


def print_job(
    uri: str, document: bytes, *, groups: tuple[Group, ...] = (), document_format: str = "application/octet-stream"
) -> bytes:
    """A Print-Job with its document."""
    attributes = (
        Attribute.of("job-name", Name("bench")),
        Attribute.of("document-format", MimeMediaType(document_format)),
    )
    return encode(request(Operation.PRINT_JOB, 1, uri, ME, attributes, groups=groups)) + document


def get_jobs(uri: str, wanted: Sequence[str], which: str = "not-completed") -> bytes:
    """A Get-Jobs for all that is not over, or for all that is."""
    attributes = (
        Attribute.of("requested-attributes", *map(Keyword, wanted)),
        Attribute.of("which-jobs", Keyword(which)),
    )
    return encode(request(Operation.GET_JOBS, 1, uri, ME, attributes))


class Connection:
    """One keep-alive connection to the server of a printer-uri; blocks."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._path = parts.path
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{parts.hostname}:{parts.port}"
        self._buffer = b""

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def post(self, body: bytes, path: str | None = None) -> bytes:
        """The body of the answer; raises where it is not one of success."""
        head = (
            f"POST {path or self._path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/ipp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        if len(body) < 65_536:
            self._socket.sendall(head + body)
        else:
            self._socket.sendall(head)
            self._socket.sendall(body)
        status, answer = self._answer()
        code = int.from_bytes(answer[2:4], "big") if status == 200 else status
        if code > _LAST_SUCCESS or status != 200:
            raise RuntimeError(f"answered {code:#x}: {answer[:200]!r}")
        return answer

    def ask(self, body: bytes) -> Message:
        """The answer as a message."""
        return parse(self.post(body), REPLY_LIMITS)[0]

    def _answer(self) -> tuple[int, bytes]:
        status, fields = 100, {}
        while status == 100:
            status = int(self._line().split()[1])
            fields = {}
            while line := self._line():
                name, _, value = line.partition(b":")
                fields[name.lower()] = value.strip()
        if fields.get(b"transfer-encoding", b"").lower() != b"chunked":
            return status, self._exactly(int(fields[b"content-length"]))
        pieces = []
        while size := int(self._line(), 16):
            pieces.append(self._exactly(size))
            self._line()
        self._line()
        return status, b"".join(pieces)

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _exactly(self, size: int) -> bytes:
        pieces, missing = [self._buffer[:size]], size - len(self._buffer)
        self._buffer = self._buffer[size:]
        while missing > 0:
            piece = self._socket.recv(min(missing, 1 << 20))
            if not piece:
                raise ConnectionError("closed in the middle of an answer")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _more(self) -> None:
        piece = self._socket.recv(262_144)
        if not piece:
            raise ConnectionError("closed before an answer")
        self._buffer += piece


def submit(uris: Iterable[str], bodies: Iterable[bytes], jobs: int, connections: int) -> float:
    """Send so many Print-Jobs over so many connections, turn about to the URIs; ``time.monotonic()`` of the beginning."""
    turns = list(itertools.islice(itertools.cycle(zip(uris, bodies, strict=True)), jobs))
    open_connections = [Connection(turns[0][0]) for _ in range(connections)]

    def work(number: int) -> None:
        for uri, body in turns[number::connections]:
            open_connections[number].post(body, urlsplit(uri).path)

    with ThreadPoolExecutor(connections) as threads:
        began = time.monotonic()
        for done in [threads.submit(work, number) for number in range(connections)]:
            done.result()
    for connection in open_connections:
        connection.close()
    return began
