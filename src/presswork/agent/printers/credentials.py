"""With what a device is asked by SNMP, as the server says it."""

from __future__ import annotations

from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.snmp.credentials import Community, Credentials, User


def credentials_of(spec: SnmpSpec | None) -> Credentials | None:
    """None: not asked by SNMP at all."""
    if spec is None:
        return None
    if spec.version == "3":
        return User(spec.user, spec.auth, spec.auth_password, spec.priv, spec.priv_password, spec.context)
    return Community(spec.version, spec.community)
