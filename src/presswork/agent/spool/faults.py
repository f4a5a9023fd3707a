"""Errors of disk and database, as faults a person can act on."""

from __future__ import annotations

import errno
import sqlite3

from presswork.core.errors import Conflict, Fault, NoSpace, Unavailable


class SpoolNotWritable(Unavailable):
    """The disk of the spool cannot be written."""

    code = "spool-not-writable"


class SpoolNoAnswer(SpoolNotWritable):
    """The disk did not answer in time: whether the work was done is not known."""

    code = "spool-no-answer"


class SpoolDamaged(Unavailable):
    """What is on the disk is not a spool we can go on with."""

    code = "spool-damaged"


class SpoolInUse(Conflict):
    """Another process has it open."""

    code = "spool-in-use"


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def no_space() -> NoSpace:
    """The disk is full."""
    return NoSpace(
        "The disk of this computer is full, so the document was not accepted. Free some space and print again."
    )


def not_writable() -> SpoolNotWritable:
    """The disk is read-only, failing or gone."""
    return SpoolNotWritable(
        "The print service cannot write to its disk, so nothing was accepted. "
        "Ask your administrator to look at the disk of this computer."
    )


def damaged(what: str) -> SpoolDamaged:
    """The spool cannot be opened; ``what`` is a whole sentence that says why."""
    return SpoolDamaged(f"{what} Restore the agent's directory, or move it away: waiting documents are then lost.")


def fault_of(error: Exception) -> Fault | None:
    """The fault for an error of disk or database; None for one that is a mistake of ours."""
    match error:
        case OSError() if error.errno in _FULL:
            return no_space()
        case OSError():
            return not_writable()
        case sqlite3.Error():
            return _database_fault(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        case _:
            return None


def _database_fault(primary_code: int) -> Fault | None:
    if primary_code == sqlite3.SQLITE_FULL:
        return no_space()
    if primary_code in _UNWRITABLE:
        return not_writable()
    if primary_code in _DAMAGED:
        return damaged("The database of the print service is damaged.")
    return None
