"""What Windows' error numbers mean to a person (System Error Codes, winerror.h)."""

from __future__ import annotations

from presswork.agent.host.windows.winspool import Win32Error
from presswork.core.errors import Fault, Forbidden, FormatNotSupported, NotFound, NotPossible, Unavailable
from presswork.protocols.ipp.text import cleaned

_NO_SPOOLER = frozenset({1062, 1115, 1717, 1722, 1723, 1726, 1727, 1753})
"""ERROR_SERVICE_NOT_ACTIVE, _SHUTDOWN_IN_PROGRESS, and what RPC says where the spooler's service does not run."""
MAY_NOT_ACT = (
    "The agent may not act as other people on this computer. Let its service run as Local System, or give its account the "
    "right to act as part of the operating system."
)


class SpoolerUnavailable(Unavailable):
    """Windows' print spooler does not answer."""


def no_spooler() -> SpoolerUnavailable:
    """Its service does not run, or it hangs."""
    return SpoolerUnavailable("The print spooler does not answer. Start its service (Start-Service Spooler).")


_NO_QUEUE = "There is no queue {queue} on this computer that jobs can be handed to."
_DENIED = "Windows does not let {user} print to the queue {queue}. Look at its Security page."
_NOT_READY = "The queue {queue} is not ready. Look at its port and its printer."
_NO_ROOM = "The print server has no room for the job. Make room on the disk of its spool folder."
_SENTENCES: dict[int, tuple[type[Fault], str]] = {
    5: (Forbidden, _DENIED),  # ERROR_ACCESS_DENIED
    1314: (Forbidden, _DENIED),  # ERROR_PRIVILEGE_NOT_HELD
    1801: (NotFound, _NO_QUEUE),  # ERROR_INVALID_PRINTER_NAME
    1905: (NotFound, _NO_QUEUE),  # ERROR_PRINTER_DELETED
    21: (NotPossible, _NOT_READY),  # ERROR_NOT_READY
    1796: (NotPossible, _NOT_READY),  # ERROR_UNKNOWN_PORT
    1906: (NotPossible, _NOT_READY),  # ERROR_INVALID_PRINTER_STATE
    8: (NotPossible, _NO_ROOM),  # ERROR_NOT_ENOUGH_MEMORY
    14: (NotPossible, _NO_ROOM),  # ERROR_OUTOFMEMORY
    39: (NotPossible, _NO_ROOM),  # ERROR_HANDLE_DISK_FULL
    112: (NotPossible, _NO_ROOM),  # ERROR_DISK_FULL
    1346: (NotPossible, MAY_NOT_ACT),  # ERROR_BAD_IMPERSONATION_LEVEL
    1804: (
        FormatNotSupported,
        "The queue {queue} takes no document as it is (data type RAW).",
    ),  # ERROR_INVALID_DATATYPE
}
_OTHERWISE = "Windows refuses a job for the queue {queue} (error {code}). Look into the log of its print service."


def fault_of(error: Win32Error, queue: str, user: str = "") -> Fault:
    """A function of the spooler failed, about this queue."""
    if error.code in _NO_SPOOLER:
        return no_spooler()
    kind, sentence = _SENTENCES.get(error.code, (NotPossible, _OTHERWISE))
    return kind(sentence.format(queue=cleaned(queue, 127), user=cleaned(user, 127), code=error.code))
