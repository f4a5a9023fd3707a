"""With what printers are asked by SNMP: set by administrators, told to the computers that ask. Passwords only go in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import ValidationError

from presswork.core.errors import Invalid
from presswork.protocols.control.device import SnmpSpec
from presswork.server import audit
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.secrets import Vault
from presswork.server.platform.text import one_line
from presswork.server.printers.models import SnmpSettings
from presswork.server.tenants import Principal, Role, desired_changed

VERSIONS = ("off", "1", "2c", "3")
_SHORTEST_PASSWORD = 8
"""RFC 3414 §11.2."""
_PURPOSE = "snmp {} {}"


@dataclass(frozen=True, slots=True)
class SnmpForm:
    """The settings as they are shown and sent; an empty password is the one that is kept."""

    version: str = "2c"
    port: int = 161
    community: str = field(default="", repr=False)
    user: str = ""
    auth: str = ""
    auth_password: str = field(default="", repr=False)
    priv: str = ""
    priv_password: str = field(default="", repr=False)
    context: str = ""


async def get_snmp(session: Session, principal: Principal) -> SnmpForm:
    """The settings without community and passwords. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    row = await session.scalar(scoped(SnmpSettings, principal))
    if row is None:
        return SnmpForm()
    return SnmpForm(row.version, row.port, user=row.user, auth=row.auth, priv=row.priv, context=row.context)


async def set_snmp(session: Session, principal: Principal, vault: Vault, form: SnmpForm) -> None:
    """Other settings, for all computers at once. Administrators. ``Invalid`` where they cannot be."""
    principal.require(Role.ADMINISTRATOR)
    row = await session.scalar(scoped(SnmpSettings, principal))
    kept = _open(row, vault) if row is not None else {"community": "public", "auth_password": "", "priv_password": ""}
    secrets = {name: one_line(getattr(form, name), field=name, limit=255, empty=True) or kept[name] for name in kept}
    if not form.auth:
        secrets["auth_password"] = ""
    if not form.priv:
        secrets["priv_password"] = ""
    if form.version not in VERSIONS:
        raise Invalid("Choose a version of SNMP.", field="version")
    # what is not used is checked, too: it must not come out wrong when SNMP is turned on again
    checked = _spec("2c" if form.version == "off" else form.version, form.port, secrets, form)
    _check(checked)
    if row is not None:
        await session.delete(row)
        await session.flush()
    sealed = {
        f"{name}_sealed": vault.seal(_PURPOSE.format(principal.tenant_id, name), secret.encode())
        for name, secret in secrets.items()
    }
    session.add(
        SnmpSettings(
            tenant_id=principal.tenant_id,
            version=form.version,
            port=form.port,
            user=form.user,
            auth=form.auth,
            priv=form.priv,
            context=form.context,
            **sealed,
        )
    )
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "snmp.changed", version=form.version, user=form.user)


async def snmp_spec(session: Session, vault: Vault, tenant_id: UUID) -> SnmpSpec | None:
    """With what the tenant's computers ask; None where SNMP is off."""
    row = await session.get(SnmpSettings, tenant_id)
    if row is None:
        return SnmpSpec()
    if row.version == "off":
        return None
    form = SnmpForm(row.version, row.port, user=row.user, auth=row.auth, priv=row.priv, context=row.context)
    return _spec(row.version, row.port, _open(row, vault), form)


def _open(row: SnmpSettings, vault: Vault) -> dict[str, str]:
    return {
        name: vault.open(_PURPOSE.format(row.tenant_id, name), getattr(row, f"{name}_sealed")).decode()
        for name in ("community", "auth_password", "priv_password")
    }


def _spec(version: str, port: int, secrets: Mapping[str, str], form: SnmpForm) -> SnmpSpec:
    said = {"version": version, "port": port, "user": form.user, "auth": form.auth, "priv": form.priv}
    try:
        return SnmpSpec.model_validate({**said, "context": form.context, **secrets})
    except ValidationError as error:
        wrong = str(error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"][-1])
        raise Invalid(
            "This cannot be. Choose from the lists, and leave out what is not on one line.", field=wrong
        ) from None


def _check(spec: SnmpSpec) -> None:
    if spec.version != "3":
        return
    if not spec.user:
        raise Invalid("Version 3 needs the name of a user that the printers know.", field="user")
    if spec.priv and not spec.auth:
        raise Invalid("Encryption needs a method of authentication. Choose one.", field="auth")
    for name, method in (("auth_password", spec.auth), ("priv_password", spec.priv)):
        if method and len(getattr(spec, name)) < _SHORTEST_PASSWORD:
            raise Invalid(f"An SNMP password has at least {_SHORTEST_PASSWORD} characters.", field=name)
