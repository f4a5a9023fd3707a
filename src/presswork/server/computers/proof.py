"""DPoP (RFC 9449) as agents use it: the certificate is the access token, the proof is made with its key.

The proof binds method, URL, time and token, and counts once. Its URL is compared with the origin people and agents use
(the public URL) and the path as it arrived, so that TLS inspection or a proxy in between changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from presswork.core.clock import Clock
from presswork.core.errors import Distrusted, Invalid, NotSignedIn, TooMany
from presswork.server.platform.secrets import base64url, from_base64url

SKEW_SECONDS = 300
"""How far a proof's time may be from ours, either way."""
_PROOFS_AT_ONCE = 2_000
_TOKEN_LIMIT = 4_096
_PROOF_LIMIT = 4_096
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SECURE = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What of a request an agent's signature covers."""

    authorization: str | None
    proof: str | None
    method: str
    path: str
    """As it arrived, without the query."""

    def token(self) -> str:
        """The access token: a certificate in base64url."""
        scheme, _, token = (self.authorization or "").partition(" ")
        if scheme.lower() != "dpop" or not token:
            raise NotSignedIn("The request is not signed by an agent. Enrol this computer.", reason="unsigned")
        if len(token) > _TOKEN_LIMIT:
            raise Distrusted("The agent's certificate is larger than one of ours.", reason="foreign")
        return token

    def certificate(self) -> bytes:
        """The certificate (DER), not verified yet."""
        try:
            return from_base64url(self.token())
        except Invalid:
            raise Distrusted("The agent's certificate cannot be read.", reason="foreign") from None


class ProofChecker:
    """Judges proofs of possession, and remembers each until it is too old to count again.

    The memory is per process and per computer, bounded by ``_PROOFS_AT_ONCE``; whoever sends more within the window is
    refused, and nobody else.
    """

    def __init__(self, clock: Clock, public_url: str) -> None:
        self._clock = clock
        self._public_url = public_url
        self._origin = _origin(urlsplit(public_url))
        self._seen: dict[str, OrderedDict[str, float]] = {}
        self._swept = clock.now().timestamp()

    def check(self, request: SignedRequest, key: ec.EllipticCurvePublicKey) -> str:
        """The proof's ``jti``. ``Distrusted`` where it is not one for this request by this key."""
        if not request.proof or len(request.proof) > _PROOF_LIMIT:
            raise NotSignedIn("The request carries no proof of the agent's key.", reason="unsigned")
        header, claims = _open(request.proof, key)
        if header.get("typ") != "dpop+jwt" or not _same_key(header.get("jwk"), key):
            raise _refused("made with another key", "key")
        if claims.get("htm") != request.method:
            raise _refused("for another method", "method")
        if not self._same_url(claims.get("htu"), request.path):
            raise _refused(f"for another address than {self._public_url}; enrol the computer with that", "url")
        if claims.get("ath") != base64url(hashlib.sha256(request.token().encode("ascii")).digest()):
            raise _refused("for another certificate", "token")
        self._check_time(claims.get("iat"))
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 8 <= len(jti) <= 128:
            raise _refused("without an identifier", "jti")
        return jti

    def use(self, serial: str, jti: str) -> None:
        """Count the proof as used. ``Distrusted`` where it was used before, ``TooMany`` where there are too many."""
        now = self._clock.now().timestamp()
        self._sweep(now)
        seen = self._seen.setdefault(serial, OrderedDict())
        _drop_old(seen, now)
        if jti in seen:
            raise _refused("used before", "replay")
        if len(seen) >= _PROOFS_AT_ONCE:
            raise TooMany("This computer sends too many requests. Wait a minute.", retry_after="60")
        seen[jti] = now + 2 * SKEW_SECONDS

    def _check_time(self, issued: object) -> None:
        now = self._clock.now()
        if not isinstance(issued, int) or isinstance(issued, bool):
            raise _refused("without a time", "time")
        if abs(int(now.timestamp()) - issued) > SKEW_SECONDS:
            # 401, not 403: the agent learns the time from the answer and tries once more.
            raise NotSignedIn(
                "The computer's clock and the server's are too far apart. Set the computer's clock.",
                reason="clock",
                server_time=now.isoformat(),
            )

    def _same_url(self, url: object, path: str) -> bool:
        if not isinstance(url, str):
            return False
        try:
            parts = urlsplit(url)
            return _origin(parts) == self._origin and parts.path == path and not parts.query
        except ValueError:
            return False

    def _sweep(self, now: float) -> None:
        if now - self._swept < SKEW_SECONDS:
            return
        self._swept = now
        for serial in list(self._seen):
            _drop_old(self._seen[serial], now)
            if not self._seen[serial]:
                del self._seen[serial]


def _open(proof: str, key: ec.EllipticCurvePublicKey) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        opened = jws.deserialize_compact(proof, ECKey.import_key(_jwk(key)), algorithms=["ES256"])
        claims = json.loads(opened.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _refused("not signed by the agent's key", "signature") from None
    if not isinstance(claims, dict):
        raise _refused("not a set of claims", "signature")
    return dict(opened.headers()), claims


def _jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str | list[str]]:
    numbers = key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url(numbers.x.to_bytes(32, "big")),
        "y": base64url(numbers.y.to_bytes(32, "big")),
    }


def _same_key(shown: object, key: ec.EllipticCurvePublicKey) -> bool:
    return isinstance(shown, dict) and "d" not in shown and all(shown.get(k) == v for k, v in _jwk(key).items())


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    scheme = _SECURE.get(parts.scheme.lower(), parts.scheme.lower())
    return scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(scheme)


def _drop_old(seen: OrderedDict[str, float], now: float) -> None:
    while seen and next(iter(seen.values())) <= now:
        seen.popitem(last=False)


def _refused(why: str, reason: str) -> Distrusted:
    return Distrusted(f"The proof of the agent's key is {why}. The request is refused.", reason=reason)
