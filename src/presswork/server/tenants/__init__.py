"""Tenants, the installation with its CA, and who acts in a tenant with which role."""

from presswork.server.platform.context import Installation
from presswork.server.tenants.models import Tenant
from presswork.server.tenants.principal import Principal, Role
from presswork.server.tenants.service import (
    create_tenant,
    desired_changed,
    desired_revision,
    installation_exists,
    open_installation,
    rename_tenant,
    tenant_name,
)

__all__ = [
    "Installation",
    "Principal",
    "Role",
    "Tenant",
    "create_tenant",
    "desired_changed",
    "desired_revision",
    "installation_exists",
    "open_installation",
    "rename_tenant",
    "tenant_name",
]
