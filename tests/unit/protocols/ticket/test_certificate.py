"""Which key's tickets count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.core.errors import Distrusted
from presswork.protocols.ticket import ticket_key_of
from presswork.testing.authority import LIFE, Authority, pem

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


def _refused(certificate: str, ca: str, now: datetime = BEGIN) -> str:
    with pytest.raises(Distrusted) as refused:
        ticket_key_of(certificate, ca, now=now)
    return refused.value.details["reason"]


def test_the_key_of_a_certificate_of_the_ca_counts() -> None:
    authority = Authority(BEGIN)
    assert ticket_key_of(authority.ticket_certificate(KEY), authority.pem, now=BEGIN) == KEY.public_key()


def test_another_authoritys_does_not() -> None:
    assert _refused(Authority(BEGIN).ticket_certificate(KEY), Authority(BEGIN).pem) == "foreign"


def test_a_certificate_for_something_else_does_not() -> None:
    authority = Authority(BEGIN)
    identity = authority.identity()
    assert _refused(pem(identity.certificate), authority.pem) == "not-for-tickets"
    assert _refused(authority.pem, authority.pem) == "not-for-tickets"


@pytest.mark.parametrize("off", [timedelta(seconds=-1), LIFE])
def test_time_is_judged(off: timedelta) -> None:
    authority = Authority(BEGIN)
    assert _refused(authority.ticket_certificate(KEY), authority.pem, BEGIN + off) == "not-valid-now"


@pytest.mark.parametrize("text", ["", "ä", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_does_not(text: str) -> None:
    authority = Authority(BEGIN)
    assert _refused(text, authority.pem) == "foreign"
    assert _refused(authority.ticket_certificate(KEY), text) == "foreign"
