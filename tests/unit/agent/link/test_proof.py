"""DPoP proofs, checked as RFC 9449 §4.3 tells the server to check them."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from joserfc import jwt
from joserfc.jwk import ECKey

from presswork.agent.link.proof import Prover
from presswork.core.clock import system_randomness
from presswork.testing.authority import Authority

NOW = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
URL = "https://print.example.org/api/agent/sync"


def test_the_proof_binds_method_address_time_and_token_to_the_key() -> None:
    identity = Authority().identity()
    headers = Prover(identity, system_randomness).headers("POST", URL, NOW)
    scheme, _, token = headers["Authorization"].partition(" ")
    assert scheme == "DPoP"
    certificate = x509.load_der_x509_certificate(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert certificate == identity.certificate

    unchecked = headers["DPoP"].split(".")[0]
    header = ECKey.import_key(_json(unchecked)["jwk"])
    proof = jwt.decode(headers["DPoP"], header, algorithms=["ES256"])
    assert proof.header["typ"] == "dpop+jwt"
    assert not ECKey.import_key(proof.header["jwk"]).is_private
    assert ECKey.import_key(proof.header["jwk"]).public_key == identity.key.public_key() == certificate.public_key()
    digest = hashlib.sha256(token.encode()).digest()
    assert {key: value for key, value in proof.claims.items() if key != "jti"} == {
        "htm": "POST",
        "htu": URL,
        "iat": int(NOW.timestamp()),
        "ath": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }


def test_no_proof_is_made_twice() -> None:
    prover = Prover(Authority().identity(), system_randomness)
    proofs = {prover.headers("POST", URL, NOW)["DPoP"] for _ in range(20)}
    assert len(proofs) == 20


def _json(part: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return parsed
