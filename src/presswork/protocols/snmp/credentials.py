"""With what a device is asked: a community (RFC 1157, RFC 1901) or a user of the security model (RFC 3414)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

AuthProtocol = Literal["", "md5", "sha", "sha224", "sha256", "sha384", "sha512"]
"""HMAC-MD5-96 and HMAC-SHA-96 (RFC 3414), HMAC-SHA-2 (RFC 7860); empty for none."""
PrivProtocol = Literal["", "des", "aes", "aes192", "aes256"]
"""CBC-DES (RFC 3414), CFB-AES-128 (RFC 3826), and its longer keys as vendors made them; empty for none."""


@dataclass(frozen=True, slots=True)
class Community:
    """SNMP v1 or v2c. A community is a password that everybody on the way can read."""

    version: Literal["1", "2c"] = "2c"
    community: str = field(default="public", repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """SNMP v3: noAuthNoPriv without ``auth``, authNoPriv without ``priv``, else authPriv. Passwords have at least 8 characters."""

    name: str
    auth: AuthProtocol = ""
    auth_password: str = field(default="", repr=False)
    priv: PrivProtocol = ""
    priv_password: str = field(default="", repr=False)
    context: str = ""


Credentials = Community | User
