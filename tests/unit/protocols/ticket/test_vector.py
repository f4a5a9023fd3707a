"""The vector of docs/reference/tickets.md, read from that page: what another team works from is what we write."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.protocols.ticket import TicketKind, check_ticket, digest_of, open_ticket, sign_ticket

PAGE = (Path(__file__).parents[4] / "docs/reference/tickets.md").read_text("utf-8")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1).replace("\n", "")


def test_the_vector_opens_and_is_what_we_sign() -> None:
    ticket = open_ticket(_block("ticket"), KEY.public_key())
    assert sign_ticket(ticket, KEY) == _block("ticket")
    assert json.loads(ticket.model_dump_json(exclude_defaults=True)) == json.loads(_block("json"))
    assert KEY.public_key().public_bytes_raw().hex() in PAGE
    assert ticket.digest == digest_of([bytes(32)])
    check_ticket(
        ticket,
        tenant_id=UUID(int=1),
        sender_id=UUID(int=3),
        receiver_id=UUID(int=4),
        kinds=[TicketKind.RELAY],
        now=datetime(2026, 11, 23, 13, tzinfo=UTC) + timedelta(minutes=1),
    )
