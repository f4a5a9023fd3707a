"""The key of a computer, and what it signs: rightly or, on order, wrongly."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import ECKey

from presswork.core.clock import system_randomness
from presswork.server.platform.secrets import base64url


class ComputerKey:
    """A P-256 key; ``certificate`` comes with enrolment."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.jwk = ECKey.import_key(pem)
        self.certificate: x509.Certificate | None = None

    def request(self) -> str:
        """A PKCS #10 request, PEM."""
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        return builder.sign(self.private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    @property
    def token(self) -> str:
        """The certificate as an access token."""
        assert self.certificate is not None
        return base64url(self.certificate.public_bytes(Encoding.DER))

    def claims(self, method: str, url: str, now: datetime) -> dict[str, Any]:
        """The claims of a good proof."""
        return {
            "htm": method,
            "htu": url,
            "iat": int(now.timestamp()),
            "jti": system_randomness(16).hex(),
            "ath": base64url(hashlib.sha256(self.token.encode()).digest()),
        }

    def header(self) -> dict[str, Any]:
        """The header of a good proof."""
        return {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk.as_dict(private=False)}

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """A proof (RFC 9449 §4.2)."""
        return jws.serialize_compact(header or self.header(), json.dumps(claims).encode(), self.jwk)

    def headers(self, method: str, url: str, now: datetime) -> dict[str, str]:
        """What a signed request carries."""
        proof = self.sign(self.claims(method, url, now))
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof}
