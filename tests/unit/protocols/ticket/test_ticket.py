from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import (
    LIFE,
    LONGEST,
    Ticket,
    TicketKind,
    TicketRefused,
    check_ticket,
    digest_of,
    open_ticket,
    sign_ticket,
    ticket_id_of,
)
from presswork.protocols.ticket.ticket import LEEWAY

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TENANT, JOB, SENDER, RECEIVER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
PRINTER = PrinterSpec(printer_id=UUID(int=5), name="Flur", device_uri="ipps://192.0.2.7/ipp/print")
TICKET = Ticket(
    ticket_id=UUID(int=6),
    kind=TicketKind.RELAY,
    tenant_id=TENANT,
    job_id=JOB,
    sender_id=SENDER,
    receiver_id=RECEIVER,
    digest=digest_of([bytes(32)]),
    fence=1,
    printer=PRINTER,
    not_after=NOW + LIFE,
)


def reason(refused: pytest.ExceptionInfo[TicketRefused]) -> str:
    return refused.value.details["reason"]


def test_what_is_signed_is_read() -> None:
    text = sign_ticket(TICKET, KEY)
    assert open_ticket(text, KEY.public_key()) == TICKET
    assert len(text) < LONGEST


def test_another_key_signs_nothing() -> None:
    with pytest.raises(TicketRefused) as refused:
        open_ticket(sign_ticket(TICKET, Ed25519PrivateKey.generate()), KEY.public_key())
    assert reason(refused) == "not-signed"


@given(st.data())
def test_no_character_may_differ(data: st.DataObject) -> None:
    text = sign_ticket(TICKET, KEY)
    at = data.draw(st.integers(0, len(text.partition(".")[0]) - 1))
    other = data.draw(st.sampled_from("ABCxyz01-_.=\x00é").filter(lambda letter: letter != text[at]))
    with pytest.raises(TicketRefused):
        open_ticket(text[:at] + other + text[at + 1 :], KEY.public_key())


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(TicketRefused):
        open_ticket(text, KEY.public_key())


def test_what_the_key_signs_for_another_purpose_is_no_ticket() -> None:
    payload = sign_ticket(TICKET, KEY).partition(".")[0]
    signature = urlsafe_b64encode(KEY.sign(payload.encode())).rstrip(b"=").decode()
    with pytest.raises(TicketRefused):
        open_ticket(f"{payload}.{signature}", KEY.public_key())


def test_one_that_is_longer_than_the_limit_is_not_read() -> None:
    printer = PRINTER.model_copy(update={"ways": tuple(f"ipp://{'h' * 1000}{n}/" for n in range(8))})
    long = sign_ticket(TICKET.model_copy(update={"printer": printer, "user": "u" * 6000}), KEY)
    assert len(long) > LONGEST
    with pytest.raises(TicketRefused):
        open_ticket(long, KEY.public_key())


def check(
    ticket: Ticket = TICKET,
    *,
    tenant: UUID = TENANT,
    sender: UUID = SENDER,
    receiver: UUID = RECEIVER,
    now: datetime = NOW,
) -> None:
    kinds = (TicketKind.RELAY, TicketKind.HOLD)
    check_ticket(ticket, tenant_id=tenant, sender_id=sender, receiver_id=receiver, kinds=kinds, now=now)


def test_a_good_one_is_good_to_its_end_and_a_minute_more() -> None:
    check()
    check(now=TICKET.not_after + LEEWAY)


def test_each_thing_that_is_not_as_it_says_refuses_it() -> None:
    other = UUID(int=99)
    for given_, expected in (
        ({"tenant": other}, "foreign-tenant"),
        ({"receiver": other}, "another-receiver"),
        ({"sender": other}, "another-sender"),
        ({"now": TICKET.not_after + LEEWAY + timedelta(seconds=1)}, "expired"),
        ({"ticket": TICKET.model_copy(update={"kind": TicketKind.REDIRECTOR})}, "another-kind"),
    ):
        with pytest.raises(TicketRefused) as refused:
            check(**given_)
        assert reason(refused) == expected


def test_the_digest_is_of_all_documents_in_their_order() -> None:
    one, two = bytes(32), b"\x01" * 32
    assert len({digest_of([one]), digest_of([one, two]), digest_of([two, one])}) == 3


def test_who_shows_a_ticket_can_say_which_it_is() -> None:
    assert ticket_id_of(sign_ticket(TICKET, KEY)) == TICKET.ticket_id


@given(st.text())
def test_what_is_none_names_no_transfer(text: str) -> None:
    with pytest.raises(TicketRefused):
        ticket_id_of(text)
