"""Proofs of possession (RFC 9449 §4.3): what counts, and everything that does not."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from presswork.core.clock import system_randomness
from presswork.core.errors import Distrusted, Fault, NotSignedIn, TooMany
from presswork.server.computers import ProofChecker, SignedRequest
from presswork.server.computers.proof import SKEW_SECONDS
from presswork.server.platform.authority import Authority
from presswork.server.platform.secrets import base64url
from presswork.testing.clock import StandingClock
from presswork.testing.computer import ComputerKey

URL = "https://print.example.org/api/agent/sync"
PATH = "/api/agent/sync"
CLOCK = StandingClock()
AUTHORITY = Authority.create(UUID(int=1), clock=CLOCK, randomness=system_randomness)


def _enrolled() -> ComputerKey:
    key = ComputerKey()
    key.certificate = AUTHORITY.issue_for_computer(key.request(), tenant_id=UUID(int=2), computer_id=UUID(int=3))
    return key


KEY, OTHER = _enrolled(), _enrolled()


def _checker(public_url: str = "https://print.example.org") -> ProofChecker:
    return ProofChecker(CLOCK, public_url)


def _request(proof: str | None, method: str = "POST", path: str = PATH, token: str | None = None) -> SignedRequest:
    return SignedRequest(f"DPoP {token or KEY.token}", proof, method, path)


def _check(proof: str | None, **request: Any) -> str:
    return _checker().check(_request(proof, **request), KEY.private.public_key())


def _claims(**changed: Any) -> dict[str, Any]:
    claims = KEY.claims("POST", URL, CLOCK.now()) | changed
    return {name: value for name, value in claims.items() if value is not None}


def test_a_good_proof_counts() -> None:
    claims = _claims()
    assert _check(KEY.sign(claims)) == claims["jti"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"htm": "GET"}, "method"),
        ({"htm": "post"}, "method"),
        ({"htm": None}, "method"),
        ({"htu": "https://print.example.org/api/agent/renew"}, "url"),
        ({"htu": "https://evil.example.org/api/agent/sync"}, "url"),
        ({"htu": "http://print.example.org/api/agent/sync"}, "url"),
        ({"htu": "https://print.example.org:8443/api/agent/sync"}, "url"),
        ({"htu": URL + "?x=1"}, "url"),
        ({"htu": "https://print.example.org:99999/api/agent/sync"}, "url"),
        ({"htu": None}, "url"),
        ({"htu": ["a"]}, "url"),
        ({"ath": None}, "token"),
        ({"ath": base64url(b"x" * 32)}, "token"),
        ({"iat": None}, "time"),
        ({"iat": "now"}, "time"),
        ({"iat": True}, "time"),
        ({"jti": None}, "jti"),
        ({"jti": "short"}, "jti"),
        ({"jti": "x" * 129}, "jti"),
        ({"jti": 12345678}, "jti"),
    ],
)
def test_a_proof_for_something_else_does_not(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Distrusted) as refused:
        _check(KEY.sign(_claims(**changed)))
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize("off", [-SKEW_SECONDS, 0, SKEW_SECONDS])
def test_clocks_may_differ_a_little(off: int) -> None:
    _check(KEY.sign(_claims(iat=int(CLOCK.now().timestamp()) + off)))


@pytest.mark.parametrize("off", [-SKEW_SECONDS - 1, SKEW_SECONDS + 1, -(10**12), 10**400])
def test_clocks_that_differ_more_are_told_the_time(off: int) -> None:
    with pytest.raises(NotSignedIn) as refused:
        _check(KEY.sign(_claims(iat=int(CLOCK.now().timestamp()) + off)))
    assert refused.value.details == {"reason": "clock", "server_time": CLOCK.now().isoformat()}


def test_a_proof_by_another_key_does_not_count() -> None:
    for header in (None, KEY.header()):
        with pytest.raises(Distrusted):
            _check(OTHER.sign(_claims(), header))
    with pytest.raises(Distrusted) as refused:
        _check(KEY.sign(_claims(), OTHER.header()))
    assert refused.value.details["reason"] == "key"


def test_the_key_in_the_proof_must_be_public() -> None:
    header = KEY.header() | {"jwk": KEY.jwk.as_dict(private=True)}
    with pytest.raises(Distrusted):
        _check(KEY.sign(_claims(), header))


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt"])
def test_another_kind_of_token_is_no_proof(typ: str | None) -> None:
    header = {name: value for name, value in (KEY.header() | {"typ": typ}).items() if value is not None}
    with pytest.raises(Distrusted):
        _check(KEY.sign(_claims(), header))


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_no_signature_at_all_is_no_proof() -> None:
    header = KEY.header() | {"alg": "none"}
    for signature in ("", "AAAA"):
        with pytest.raises(Distrusted):
            _check(f"{_segment(header)}.{_segment(_claims())}.{signature}")


def test_the_public_key_is_no_shared_secret() -> None:
    public = json.dumps(KEY.jwk.as_dict(private=False)).encode()
    header = KEY.header() | {"alg": "HS256"}
    forged = jws.serialize_compact(header, json.dumps(_claims()).encode(), OctKey.import_key(public))
    with pytest.raises(Distrusted):
        _check(forged)


@pytest.mark.parametrize("claims", [[], "x", 1, None])
def test_claims_have_to_be_an_object(claims: Any) -> None:
    with pytest.raises(Distrusted):
        _check(KEY.sign(claims))


@pytest.mark.parametrize("proof", [None, "", "x" * 5000])
def test_no_proof_is_said(proof: str | None) -> None:
    with pytest.raises(NotSignedIn):
        _check(proof)


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,90}"))
def test_nothing_else_is_a_proof_and_nothing_else_is_raised(proof: str) -> None:
    with pytest.raises(Fault):
        _check(proof)


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_letter_spoils_it(place: int, change: int) -> None:
    proof = KEY.sign(_claims())
    place %= len(proof)
    broken = proof[:place] + chr((ord(proof[place]) ^ change) % 128) + proof[place + 1 :]
    if broken != proof and not _only_padding(proof, broken):
        with pytest.raises(Fault):
            _check(broken)


def _only_padding(proof: str, broken: str) -> bool:
    """The last letter of a segment holds bits that mean nothing."""
    places = {index - 1 for index, letter in enumerate(proof) if letter == "."} | {len(proof) - 1}
    changed = next(index for index, (a, b) in enumerate(zip(proof, broken, strict=True)) if a != b)
    return changed in places


@pytest.mark.parametrize(
    "url",
    [
        "https://PRINT.example.org/api/agent/sync",
        "https://print.example.org:443/api/agent/sync",
        "wss://print.example.org/api/agent/sync",
    ],
)
def test_one_address_may_be_written_in_several_ways(url: str) -> None:
    _check(KEY.sign(_claims(htu=url)))


def test_the_path_is_the_one_that_arrived() -> None:
    with pytest.raises(Distrusted):
        _check(KEY.sign(_claims()), path="/api/agent/renew")


def test_a_proof_counts_once_for_as_long_as_it_could_count() -> None:
    clock = StandingClock()
    checker = ProofChecker(clock, "https://print.example.org")
    checker.use("serial", "jti-jti-jti")
    checker.use("another", "jti-jti-jti")
    for _ in range(2):
        with pytest.raises(Distrusted) as refused:
            checker.use("serial", "jti-jti-jti")
        assert refused.value.details["reason"] == "replay"
        clock.advance(seconds=2 * SKEW_SECONDS - 1)
    clock.advance(seconds=1)
    checker.use("serial", "jti-jti-jti")


def test_the_memory_is_bounded_for_each_computer() -> None:
    clock = StandingClock()
    checker = ProofChecker(clock, "https://print.example.org")
    for number in range(2000):
        checker.use("busy", f"proof-{number}")
    with pytest.raises(TooMany):
        checker.use("busy", "one-more")
    checker.use("quiet", "proof-1")
    clock.advance(seconds=3 * SKEW_SECONDS)
    checker.use("third", "proof-1")
    assert list(checker._seen) == ["third"]


@pytest.mark.parametrize("authorization", [None, "", "DPoP", "DPoP ", "Bearer abc", "Basic abc"])
def test_who_shows_no_certificate_is_nobody(authorization: str | None) -> None:
    with pytest.raises(NotSignedIn):
        SignedRequest(authorization, "x", "POST", PATH).certificate()


@pytest.mark.parametrize("token", ["ä", "a b", "++", "x" * 5000])
def test_a_certificate_that_cannot_be_read_is_refused(token: str) -> None:
    with pytest.raises(Distrusted):
        SignedRequest(f"DPoP {token}", "x", "POST", PATH).certificate()
