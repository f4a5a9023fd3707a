"""A thread becomes a user of this computer or its domain, without a password: Service for User (S4U, MS-SFU).

Who owns a job is decided by whose thread begins it; ``SetJob`` cannot change it afterwards. The logon is of the kind *network*, whose
token is good for impersonation on this computer and for nothing beyond it, and needs SeTcbPrivilege, which Local System has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ctypes import (
    POINTER,
    Structure,
    addressof,
    byref,
    c_char,
    c_char_p,
    c_int32,
    c_int64,
    c_uint16,
    c_uint32,
    c_void_p,
    c_wchar_p,
    create_string_buffer,
    create_unicode_buffer,
    sizeof,
)
from dataclasses import dataclass
from typing import Any, Final

from presswork.agent.host.windows.faults import MAY_NOT_ACT
from presswork.agent.host.windows.winspool import BOOL, DWORD, HANDLE, Win32Error, declare
from presswork.core.errors import Forbidden, NotPossible
from presswork.protocols.ipp.text import cleaned, is_clean

NTSTATUS = c_int32
_LONGEST_NAME = 255
_LARGEST_SID = 68
_SID_TYPE_USER = 1
_S4U_LOGON = 12
"""KerbS4ULogon and MsV1_0S4ULogon: one number, and the two structures are laid out alike."""
_NETWORK = 3
_KERBEROS = b"Kerberos"
_MSV1_0 = b"MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"
_OURSELVES = b"Presswork"
_REFUSED = frozenset(
    {0xC0000064, 0xC000006D, 0xC000006E, 0xC000006F, 0xC0000070, 0xC0000072, 0xC000015B, 0xC0000193, 0xC0000234}
)
"""No such user, disabled, expired, locked out, or not allowed to log on from the network, now or from here."""


class LsaString(Structure):
    """LSA_STRING; lengths in octets, without the final zero."""

    _fields_ = (("Length", c_uint16), ("MaximumLength", c_uint16), ("Buffer", c_char_p))

    @classmethod
    def of(cls, text: bytes) -> LsaString:
        """The text must outlive it."""
        return cls(len(text), len(text) + 1, text)


class UnicodeString(Structure):
    """UNICODE_STRING; lengths in octets."""

    _fields_ = (("Length", c_uint16), ("MaximumLength", c_uint16), ("Buffer", c_void_p))


class S4uLogon(Structure):
    """KERB_S4U_LOGON and MSV1_0_S4U_LOGON; what the names point to follows it at once."""

    _fields_ = (("MessageType", c_uint32), ("Flags", c_uint32), ("User", UnicodeString), ("Domain", UnicodeString))


class TokenSource(Structure):
    """TOKEN_SOURCE."""

    _fields_ = (("SourceName", c_char * 8), ("SourceIdentifier", c_uint32 * 2))


class QuotaLimits(Structure):
    """QUOTA_LIMITS, of which nothing is read."""

    _fields_ = (("octets", c_int64 * 6),)


_LSA_STRING = POINTER(LsaString)
ADVAPI32: Final[Mapping[str, tuple[Any, tuple[Any, ...]]]] = {
    "LookupAccountNameW": (
        BOOL,
        (c_wchar_p, c_wchar_p, c_void_p, POINTER(DWORD), c_void_p, POINTER(DWORD), POINTER(DWORD)),
    ),
    "LookupAccountSidW": (
        BOOL,
        (c_wchar_p, c_void_p, c_void_p, POINTER(DWORD), c_void_p, POINTER(DWORD), POINTER(DWORD)),
    ),
    "ImpersonateLoggedOnUser": (BOOL, (HANDLE,)),
    "RevertToSelf": (BOOL, ()),
}
KERNEL32: Final[Mapping[str, tuple[Any, tuple[Any, ...]]]] = {
    "GetComputerNameW": (BOOL, (c_void_p, POINTER(DWORD))),
    "CloseHandle": (BOOL, (HANDLE,)),
}
SECUR32: Final[Mapping[str, tuple[Any, tuple[Any, ...]]]] = {
    "LsaRegisterLogonProcess": (NTSTATUS, (_LSA_STRING, POINTER(HANDLE), POINTER(c_uint32))),
    "LsaLookupAuthenticationPackage": (NTSTATUS, (HANDLE, _LSA_STRING, POINTER(c_uint32))),
    "LsaLogonUser": (
        NTSTATUS,
        (
            HANDLE,
            _LSA_STRING,
            c_int32,
            c_uint32,
            c_void_p,
            c_uint32,
            c_void_p,
            POINTER(TokenSource),
            POINTER(c_void_p),
            POINTER(c_uint32),
            POINTER(c_int64),
            POINTER(HANDLE),
            POINTER(QuotaLimits),
            POINTER(NTSTATUS),
        ),
    ),
    "LsaFreeReturnBuffer": (NTSTATUS, (c_void_p,)),
    "LsaDeregisterLogonProcess": (NTSTATUS, (HANDLE,)),
}
"""What each returns, and takes (ntsecapi.h, winbase.h)."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this computer or of a domain, as Windows writes it."""

    name: str
    """As it owns jobs: without the domain."""
    domain: str


class Accounts:
    """Who a thread is. All of it blocks, and may ask a domain controller."""

    def __init__(self, advapi32: Any, kernel32: Any, secur32: Any, last_error: Callable[[], int]) -> None:
        """The libraries, loaded; ``last_error`` as for ``Winspool``."""
        self._advapi32 = declare(advapi32, ADVAPI32)
        self._kernel32 = declare(kernel32, KERNEL32)
        self._secur32 = declare(secur32, SECUR32)
        self._last_error = last_error

    def become(self, user: str) -> str:
        """Let the calling thread act as that user from here on; the name their jobs have.

        ``user``: ``ada``, ``CORP\\ada`` or ``ada@corp.example.org``. Raises ``Forbidden`` where there is no such account or it
        may not log on, ``NotPossible`` where the agent may not do this or no domain controller answers.
        """
        account = self._account(user)
        token = self._log_on(account)
        try:
            if not self._advapi32.ImpersonateLoggedOnUser(token):
                raise NotPossible(MAY_NOT_ACT)
        finally:
            self._kernel32.CloseHandle(token)
        return account.name

    def be_oneself(self) -> None:
        """The calling thread acts as the agent again. Where that fails it must not be used any more."""
        self._advapi32.RevertToSelf()

    def _account(self, user: str) -> Account:
        if not 0 < len(user) <= _LONGEST_NAME or not is_clean(user):
            raise _no_account(user)
        sid, use = create_string_buffer(_LARGEST_SID), DWORD()
        name, domain = create_unicode_buffer(_LONGEST_NAME + 1), create_unicode_buffer(_LONGEST_NAME + 1)
        sizes = DWORD(_LARGEST_SID), DWORD(len(name)), DWORD(len(domain))
        found = self._advapi32.LookupAccountNameW(None, user, sid, byref(sizes[0]), domain, byref(sizes[2]), byref(use))
        sizes[2].value = len(domain)
        # A group or "SYSTEM" has a name and an identifier, too, and nobody is to be one.
        if not found or use.value != _SID_TYPE_USER:
            raise _no_account(user)
        if not self._advapi32.LookupAccountSidW(None, sid, name, byref(sizes[1]), domain, byref(sizes[2]), byref(use)):
            raise _no_account(user)
        return Account(name.value, domain.value)

    def _log_on(self, account: Account) -> HANDLE:
        lsa, mode = HANDLE(), c_uint32()
        if self._secur32.LsaRegisterLogonProcess(byref(LsaString.of(_OURSELVES)), byref(lsa), byref(mode)) < 0:
            raise NotPossible(MAY_NOT_ACT)
        try:
            status, token = self._token(lsa, account)
        finally:
            self._secur32.LsaDeregisterLogonProcess(lsa)
        if status in _REFUSED:
            raise Forbidden(
                f"Windows lets {cleaned(account.name)} not log on here (status {status:08X}). Look at the account."
            )
        if status or not token.value:
            raise NotPossible(
                f"Windows logs {cleaned(account.name)} not on now (status {status:08X}). See whether its domain controller answers."
            )
        return token

    def _token(self, lsa: HANDLE, account: Account) -> tuple[int, HANDLE]:
        package, token = c_uint32(), HANDLE()
        name = _MSV1_0 if account.domain.casefold() == self._computer().casefold() else _KERBEROS
        status = self._secur32.LsaLookupAuthenticationPackage(lsa, byref(LsaString.of(name)), byref(package))
        if status < 0:
            return status & 0xFFFFFFFF, token
        asked = s4u_logon(account)
        profile, substatus = c_void_p(), NTSTATUS()
        status = self._secur32.LsaLogonUser(
            lsa,
            byref(LsaString.of(_OURSELVES)),
            _NETWORK,
            package,
            asked,
            sizeof(asked),
            None,
            byref(TokenSource(_OURSELVES[:8])),
            byref(profile),
            byref(c_uint32()),
            byref(c_int64()),
            byref(token),
            byref(QuotaLimits()),
            byref(substatus),
        )
        if profile.value:
            self._secur32.LsaFreeReturnBuffer(profile)
        return status & 0xFFFFFFFF, token

    def _computer(self) -> str:
        name = create_unicode_buffer(_LONGEST_NAME + 1)
        if not self._kernel32.GetComputerNameW(name, byref(DWORD(len(name)))):
            raise Win32Error(self._last_error(), "GetComputerNameW")
        return name.value


def s4u_logon(account: Account) -> Any:
    """What LsaLogonUser is given: the structure, and in the same piece of memory the names it points to."""
    name, domain = account.name.encode("utf-16-le"), account.domain.encode("utf-16-le")
    head = sizeof(S4uLogon)
    memory = create_string_buffer(bytes(head) + name + domain, head + len(name) + len(domain))
    logon = S4uLogon.from_buffer(memory)
    logon.MessageType = _S4U_LOGON
    logon.User = UnicodeString(len(name), len(name), addressof(memory) + head)
    logon.Domain = UnicodeString(len(domain), len(domain), addressof(memory) + head + len(name))
    return memory


def _no_account(user: str) -> Forbidden:
    return Forbidden(f"This computer knows no account {cleaned(user, 127)}. Map the person to one that it knows.")
