"""Agent <-> server about routes: who could carry a job to its printer, and who holds what.

POST /api/agent/route        RouteRequest -> RouteReply         signed; asked when the direct route did not answer
POST /api/agent/hand-over    HandOverRequest -> HandOverReply   signed; of a job that is to go to the site node
POST /api/agent/owner        OwnerRequest -> OwnerReply         signed; whose a job of a legacy system is
POST /api/agent/wish         JobWish -> WishTaken               signed; a person wants something of a job that was handed over
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from presswork.protocols.control.base import Line, Word
from presswork.protocols.control.words import Account, IpAddress, IpNetwork, JobReport, QueueName, Sha256

RouteKind = Literal["direct", "relay", "redirector", "cloud"]
"""The ways from a job's holder to its printer, in the order in which they are tried unless a policy says otherwise."""
ALL_ROUTES: tuple[RouteKind, ...] = ("direct", "relay", "redirector", "cloud")
RouteReason = Literal[
    "policy",
    "not-needed",
    "no-answer",
    "not-trusted",
    "no-network",
    "nobody-there",
    "too-old",
    "not-set-up",
    "no-name-there",
    "refused",
    "busy",
    "broke-off",
    "remembered",
    "no-answer-before",
    "broke-off-before",
    "refused-before",
    "not-trusted-before",
    "no-time",
    "no-server",
    "one-document-only",
]
"""Why a route was not taken; their words stand in ``route_words.py``."""
_DECLARED = ", by "


class PeerSpec(Word):
    """Another computer of the organisation, and where its agent listens."""

    computer_id: UUID
    name: Line
    addresses: tuple[IpAddress, ...] = Field((), max_length=16)
    """Those it told last; the ones in a network of the asking computer first."""
    port: int = Field(ge=1, le=65535)


class RouteRequest(Word):
    """The direct route did not answer, or there is none: who else could take the job there?"""

    job_id: UUID
    printer_id: UUID
    digest: Sha256
    """``protocols.ticket.digest_of`` its documents."""
    documents: int = Field(1, ge=1)
    report: JobReport | None = None
    """Of this job, where the server has not confirmed it as it is: nobody has to wait for the next exchange."""


class RouteCandidate(Word):
    """Somebody who may take the job there."""

    kind: Literal["relay", "redirector", "cloud"]
    peer: PeerSpec
    ticket: str = Field(max_length=16384)
    in_vain: bool = False
    """Whether it tried to reach the printer lately and did not: it stands behind the others, also where it is near."""


class RouteNotTaken(Word):
    """A route that there is not, and why."""

    kind: RouteKind
    reason: RouteReason
    computer: Line = ""
    """Which one it would have been."""


class RouteReply(Word):
    """The likeliest candidates first."""

    candidates: tuple[RouteCandidate, ...] = Field((), max_length=8)
    not_taken: tuple[RouteNotTaken, ...] = Field((), max_length=16)


class HandOverRequest(Word):
    """A held job is to go to the site node."""

    job_id: UUID
    digest: Sha256
    begun: UUID | None = None
    """The ticket's id of a hand-over that may be made already: a new ticket for the same one, to the same computer."""
    back: int | None = Field(None, ge=2)
    """With ``begun``: the number of that hand-over, which is to be undone, because the other computer does not answer."""
    commitment: Sha256 | Literal[""] = ""
    """Of a new hand-over: SHA-256 of the secret that its holder tells the other computer when it commits. Without one there is none."""
    report: JobReport | None = None
    """As in ``RouteRequest``."""


class HandOverReply(Word):
    """To whom; nobody where there is no site node for this job now."""

    peer: PeerSpec | None = None
    ticket: str = Field("", max_length=16384)
    """Of the kind ``hold``; its ``fence`` is the number under which the receiver will hold the job."""
    fence: int | None = Field(None, ge=2)
    """Of one that was undone: the number under which the asking computer holds the job again."""
    moved: bool = False
    """Of one that cannot be undone: the other computer has reported the job as its own."""


class JobWish(Word):
    """What the person at an account wants of a job that came in at this computer, and that another one may hold by now."""

    job_id: UUID
    account: Account
    kind: Literal["release", "delete"]
    printer_id: UUID | None = None
    """Of a release: where to."""


class WishTaken(Word):
    """The job's holder is told, as if it had been said on the job's page."""

    order_id: UUID
    computer: Line = ""
    """Who that is."""


class OwnerRequest(Word):
    """A job came over a channel that an administrator declared trusted, and names its owner so."""

    queue_id: UUID
    name: Line


class OwnerReply(Word):
    """Who that is; None: nobody by that name."""

    user_id: UUID | None = None
    person: Line = ""


class InwardSpec(Word):
    """Legacy systems print to this queue over the LAN: where this computer listens for it, and whom it believes."""

    queue_id: UUID
    ipp: bool = False
    lpd: bool = False
    """Under the queue's name."""
    socket_port: int | None = Field(None, ge=1, le=65535)
    """RAW."""
    allowed: tuple[IpNetwork, ...] = Field((), max_length=64)
    """From where; empty: from nowhere."""
    owner: Line = ""
    """The name that jobs get which name nobody; empty: those are refused."""


class Duties(Word):
    """What a computer does for others."""

    site_node: bool = False
    redirector: bool = False
    inward: tuple[InwardSpec, ...] = Field((), max_length=200)
    host_queues: tuple[QueueName, ...] = Field((), max_length=200)
    """Queues of its operating system that jobs may be handed to."""


NO_DUTIES = Duties()


def declared_account(name: str, way: str) -> str:
    """The account of a job whose sender named its owner itself: no account of a computer can be called so."""
    return f"{name}{_DECLARED}{way}"


def declared_name(account: str) -> str:
    """The name that was given; of any other account, nothing."""
    return account.rpartition(_DECLARED)[0]
