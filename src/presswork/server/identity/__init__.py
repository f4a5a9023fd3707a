"""People, passwords, sessions."""

from presswork.server.identity.models import User
from presswork.server.identity.passwords import MINIMUM as PASSWORD_MINIMUM
from presswork.server.identity.sessions import (
    SESSION_IDLE,
    SESSION_LIFE,
    SignedIn,
    authenticate,
    forget_sessions,
    principal_of,
    sign_in,
    sign_out,
)
from presswork.server.identity.set_up import new_set_up_token, set_up, set_up_open
from presswork.server.identity.users import (
    administrator_exists,
    change_own_password,
    change_user,
    create_user,
    get_user,
    list_users,
    names_of,
)
from presswork.server.platform.rates import SignInLimits
from presswork.server.tenants import Principal, Role

__all__ = [
    "PASSWORD_MINIMUM",
    "SESSION_IDLE",
    "SESSION_LIFE",
    "Principal",
    "Role",
    "SignInLimits",
    "SignedIn",
    "User",
    "administrator_exists",
    "authenticate",
    "change_own_password",
    "change_user",
    "create_user",
    "forget_sessions",
    "get_user",
    "list_users",
    "names_of",
    "new_set_up_token",
    "principal_of",
    "set_up",
    "set_up_open",
    "sign_in",
    "sign_out",
]
