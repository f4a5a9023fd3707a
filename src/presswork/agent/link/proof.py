"""DPoP proofs (RFC 9449 §4.2): the agent's key signs method, address and time of each request."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from presswork.agent.link.identity import Identity
from presswork.core.clock import Randomness


class Prover:
    """Signs for one identity."""

    def __init__(self, identity: Identity, randomness: Randomness) -> None:
        pem = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key = ECKey.import_key(pem)
        self._header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._key.as_dict(private=False)}
        self._token = identity.token
        self._token_hash = _base64url(hashlib.sha256(self._token.encode()).digest())
        self._randomness = randomness

    def headers(self, method: str, url: str, now: datetime) -> dict[str, str]:
        """What a signed request carries. ``url`` is without query and fragment; ``now`` is the server's time."""
        claims = {
            "htm": method,
            "htu": url,
            "iat": int(now.timestamp()),
            "jti": _base64url(self._randomness(16)),
            "ath": self._token_hash,
        }
        proof = jwt.encode(self._header, claims, self._key, algorithms=["ES256"])
        return {"Authorization": f"DPoP {self._token}", "DPoP": proof}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
