"""The one tree of faults.

A fault says to a person, in one sentence, what happened and what to do next, and to a program, by its ``code``, which
case it is. Codes are stable: integrators branch on them. How a fault looks outside is decided in two tables only:
``server/platform/problems.py`` (HTTP, RFC 9457) and ``printer/status.py`` (IPP status codes).

    Fault
    ├── Invalid                what was sent cannot be right
    │   ├── Unsupported        right, but not something we do
    │   │   └── FormatNotSupported
    │   └── TooLarge
    ├── NotSignedIn            we do not know who asks
    ├── Forbidden              we know, and they may not
    ├── NotFound               no such thing, or not theirs: the two are never told apart
    ├── Gone                   it was there once
    ├── Conflict               it is not in a state where this can be done
    │   └── NotPossible        the IPP job or printer is in the wrong state
    ├── Busy                   try again later
    │   └── TooMany            a limit for this caller is reached
    ├── NoSpace                this machine has no room for it
    ├── Unavailable            somebody we need does not answer
    │   ├── PrinterUnreachable
    │   ├── Interrupted        it broke off in the middle of a document
    │   └── ServerUnreachable
    └── Distrusted             a certificate, signature or code is not the expected one
"""

from __future__ import annotations

from typing import ClassVar


class Fault(Exception):
    """Something a person must be told. Raised with the sentence; ``details`` are facts for programs (RFC 9457 members)."""

    code: ClassVar[str] = "fault"

    def __init__(self, sentence: str, **details: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Invalid(Fault):
    """What was sent cannot be right; ``field`` in the details names the part."""

    code = "invalid"


class Unsupported(Invalid):
    """Well formed, but not something this part does."""

    code = "unsupported"


class FormatNotSupported(Unsupported):
    """A document format that is not accepted here."""

    code = "format-not-supported"


class TooLarge(Invalid):
    """More bytes, values or depth than the limit."""

    code = "too-large"


class NotSignedIn(Fault):
    """The caller has not said who they are, or not provably."""

    code = "not-signed-in"


class Forbidden(Fault):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(Fault):
    """It does not exist, or not for this caller."""

    code = "not-found"


class Gone(Fault):
    """It existed and is over: a used code, a deleted document."""

    code = "gone"


class Conflict(Fault):
    """It is not in a state in which this can be done."""

    code = "conflict"


class NotPossible(Conflict):
    """A job or printer is in the wrong state (RFC 8011 client-error-not-possible)."""

    code = "not-possible"


class Busy(Fault):
    """Not now; the same request may succeed later."""

    code = "busy"


class TooMany(Busy):
    """A limit for this caller is reached."""

    code = "too-many"


class NoSpace(Fault):
    """This machine has no room for it."""

    code = "no-space"


class Unavailable(Fault):
    """Somebody we need does not answer."""

    code = "unavailable"


class PrinterUnreachable(Unavailable):
    """The printer does not answer; nothing was accepted by it."""

    code = "printer-unreachable"


class Interrupted(Unavailable):
    """It broke off after part of a document was sent: nobody knows what was accepted, so it is not sent again by itself."""

    code = "interrupted"


class ServerUnreachable(Unavailable):
    """The server does not answer."""

    code = "server-unreachable"


class Distrusted(Fault):
    """A certificate, signature or code is not the one that was expected."""

    code = "distrusted"
