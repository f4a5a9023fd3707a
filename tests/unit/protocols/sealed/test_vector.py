"""The vector of docs/reference/sealed.md, read from that page: what another team works from is what we write."""

from __future__ import annotations

import re
from pathlib import Path

from presswork.protocols.sealed.header import Header
from presswork.protocols.sealed.keys import unwrap_key, wrap_key
from presswork.protocols.sealed.stream import Opener, Sealer

PAGE = (Path(__file__).parents[4] / "docs/reference/sealed.md").read_text()
DOCUMENT = b"%PDF-1.4 Hello"
KEY_ENCRYPTION_KEY = bytes(range(0x80, 0xA0))
KEY = bytes(range(32))


def vector() -> bytes:
    block = re.search(r"```sealed\n(.*?)```", PAGE, re.DOTALL)
    assert block
    lines = [re.match(r"(?:[0-9a-f]{2} ?)+", line) for line in block[1].splitlines()]
    return bytes.fromhex("".join(line[0] for line in lines if line))


def test_the_vector_opens() -> None:
    opener = Opener(KEY)
    assert opener.feed(vector()) + opener.finish() == DOCUMENT
    assert opener.header is not None
    (recipient,) = opener.header.recipients
    assert (recipient.algorithm, recipient.name) == (1, b"spool")
    assert unwrap_key(KEY_ENCRYPTION_KEY, recipient.wrapped_key) == KEY
    assert opener.header.digest.hex() in PAGE


def test_we_write_the_vector() -> None:
    parsed = Header.parse(vector())
    assert parsed
    assert parsed[0].recipients[0].wrapped_key == wrap_key(KEY_ENCRYPTION_KEY, KEY)
    sealer = Sealer(parsed[0], KEY)
    assert sealer.feed(DOCUMENT) + sealer.finish() == vector()
    assert KEY_ENCRYPTION_KEY.hex() in PAGE
    assert KEY.hex() in PAGE
