"""Jobs as clients of the line printer daemon protocol send them, and what must hold of any octets."""

from __future__ import annotations

from presswork.core.errors import Invalid
from presswork.protocols.lpd import ControlFile, JobReceiver, Piece


def _file(code: bytes, name: bytes, data: bytes) -> bytes:
    return code + str(len(data)).encode() + b" " + name + b"\n" + data + b"\0"


CORPUS: dict[str, bytes] = {
    "control file first": b"\x02office\n"
    + _file(b"\x02", b"cfA001pc", b"Hpc\nPanna\nJA letter\nldfA001pc\nUdfA001pc\nNletter.txt\n")
    + _file(b"\x03", b"dfA001pc", b"hello"),
    "data file first": b"\x02lp\n"
    + _file(b"\x03", b"dfA123pc.example.org", b"hello")
    + _file(b"\x02", b"cfA123pc.example.org", b"Hpc.example.org\nfdfA123pc.example.org\n"),
    "data to the end": b"\x02lp\n"
    + _file(b"\x02", b"cfA042mac", b"Hmac\nProot\nodfA042mac\nNx\n")
    + b"\x030 dfA042mac\n%!PS\n%%Page: 1 1\nshowpage\n",
    "given up": b"\x02lp\n\x01\n",
    "two copies": b"\x02lp\n"
    + _file(b"\x02", b"cfA007w95", b"HW95\nPUser\nfdfA007w95\nfdfA007w95\nNa b\n")
    + _file(b"\x03", b"dfA007w95", b"x"),
    "spaces in plenty": b"\x02  lp \n\x02 2   cfA001x  \nHx\0",
    "asked for the queue": b"\x04lp anna 12 13\n",
    "to be removed": b"\x05lp root 12\n",
    "print what waits": b"\x01lp\n",
}
"""By what is special of each: written after what BSD, System V, macOS and Windows clients do."""


def check_lpd(data: bytes) -> None:
    """However it is cut, ``data`` means the same; it ends in events or ``Invalid``; no piece is invented."""
    whole, octets = _events(data, len(data) or 1)
    single, _ = _events(data, 1)
    assert octets <= len(data)
    assert whole == single


def _events(data: bytes, step: int) -> tuple[list[object], int]:
    receiver = JobReceiver()
    seen: list[object] = []
    files = bytearray()
    try:
        for start in range(0, len(data), step):
            for event in receiver.feed(data[start : start + step]):
                if isinstance(event, Piece):
                    files += event.data
                else:
                    seen.append(event)
        seen += receiver.feed_eof()
    except Invalid as fault:
        seen.append(str(fault))
    try:
        seen.append(ControlFile.parse(bytes(files)))
    except Invalid as fault:
        seen.append(str(fault))
    return seen, len(files)
