from __future__ import annotations

import threading

import pytest

from presswork.agent.host.windows.logon import Accounts
from presswork.core.errors import Forbidden, NotPossible
from presswork.testing.windows import PlayedWindows

NETWORK = 3
USERS = {
    "ada": ("ada", "PRINT-1", 1),
    "CORP\\grace": ("Grace", "CORP", 1),
    "grace@corp.example.org": ("Grace", "CORP", 1),
    "SYSTEM": ("SYSTEM", "NT AUTHORITY", 5),
    "Administrators": ("Administrators", "BUILTIN", 4),
}


def accounts(windows: PlayedWindows) -> Accounts:
    return Accounts(windows.load("advapi32"), windows.load("kernel32"), windows.load("secur32"), windows.last_error)


@pytest.mark.parametrize(
    ("user", "logon"),
    [
        ("ada", (b"MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", "ada", "PRINT-1", NETWORK)),
        ("CORP\\grace", (b"Kerberos", "Grace", "CORP", NETWORK)),
        ("grace@corp.example.org", (b"Kerberos", "Grace", "CORP", NETWORK)),
    ],
)
def test_a_thread_becomes_a_user_and_itself_again(user: str, logon: tuple[bytes, str, str, int]) -> None:
    windows = PlayedWindows(users=USERS)
    who = accounts(windows)
    assert who.become(user) == logon[1]
    assert windows.acting == {threading.get_ident(): logon[1]}
    assert windows.logons == [logon]
    who.be_oneself()
    assert windows.acting == {}
    assert windows.tokens == 0


@pytest.mark.parametrize("user", ["nobody", "SYSTEM", "Administrators", "", "a\nda", "ada\x00", "x" * 256])
def test_what_is_no_user_nobody_becomes(user: str) -> None:
    windows = PlayedWindows(users=USERS)
    with pytest.raises(Forbidden, match="no account"):
        accounts(windows).become(user)
    assert windows.logons == []


def refused(function: str, code: int) -> PlayedWindows:
    return PlayedWindows(users=USERS, fails={function: code})


@pytest.mark.parametrize(
    ("windows", "kind", "says"),
    [
        (refused("LsaRegisterLogonProcess", 0xC0000041 - (1 << 32)), NotPossible, "Local System"),
        (refused("LsaLookupAuthenticationPackage", 0xC00000FE - (1 << 32)), NotPossible, "C00000FE"),
        (refused("LsaLogonUser", 0xC0000072 - (1 << 32)), Forbidden, "ada"),
        (refused("LsaLogonUser", 0xC000015B - (1 << 32)), Forbidden, "C000015B"),
        (refused("LsaLogonUser", 0xC000005E - (1 << 32)), NotPossible, "domain controller"),
        (refused("LookupAccountSidW", 1332), Forbidden, "no account"),
        (refused("ImpersonateLoggedOnUser", 1314), NotPossible, "Local System"),
    ],
)
def test_a_logon_that_is_refused_leaves_nothing(windows: PlayedWindows, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        accounts(windows).become("ada")
    assert (windows.acting, windows.tokens) == ({}, 0)
