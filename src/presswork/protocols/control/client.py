"""Client <-> agent on 21338: named operations with typed arguments; none takes a path, a setting or a driver.

One request a connection. The person is the account that the kernel names for the connection, never a field. Replies
are frames of JSON (see ``framing.py``); ``watch`` and ``sign-in`` answer with several, the last one has ``last`` set.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from presswork.protocols.control.moment import Moment
from presswork.protocols.control.timeline import TimelineEntry
from presswork.protocols.control.words import JobReport, Line, QueueName, QueueSpec, Word


class Status(Word):
    """Who am I to this computer, and is the server there?"""

    op: Literal["status"] = "status"


class SignIn(Word):
    """Let the person of this account be known; replies SignInPrompt, then SignedIn."""

    op: Literal["sign-in"] = "sign-in"


class ListPrinters(Word):
    """Printers one can release to, the likeliest first: used lately and near, or with ``text`` in their name or place."""

    op: Literal["printers"] = "printers"
    text: Line = ""


class ListQueues(Word):
    """The queues of this computer."""

    op: Literal["queues"] = "queues"


class ListJobs(Word):
    """The account's own jobs, newest first; ``ended`` includes those that are over."""

    op: Literal["jobs"] = "jobs"
    ended: bool = False
    limit: int = Field(100, ge=1, le=1000)


class GetJob(Word):
    """One own job with its whole timeline. ``job`` is an id or the beginning of one."""

    op: Literal["job"] = "job"
    job: Line


class Submit(Word):
    """Print a document to a queue: document frames follow, then an end frame."""

    op: Literal["submit"] = "submit"
    queue: QueueName
    name: Line
    document_format: Line
    copies: int = Field(1, ge=1, le=999)
    sides: Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"] = "one-sided"


class Release(Word):
    """Print a held job now. ``printer``: a name or id from ListPrinters; empty: the one its queue offers."""

    op: Literal["release"] = "release"
    job: Line
    printer: Line = ""


class Delete(Word):
    """Destroy an own job's document."""

    op: Literal["delete"] = "delete"
    job: Line


class Watch(Word):
    """Follow an own job: a JobView at each change, until it is over or ``seconds`` passed."""

    op: Literal["watch"] = "watch"
    job: Line
    seconds: int = Field(300, ge=1, le=3600)


class ExplainRoute(Word):
    """By which route an own job went or would go, and why by no other."""

    op: Literal["explain-route"] = "explain-route"
    job: Line


Request = Annotated[
    Status | SignIn | ListPrinters | ListQueues | ListJobs | GetJob | Submit | Release | Delete | Watch | ExplainRoute,
    Field(discriminator="op"),
]
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


class StatusReply(Word):
    """Answer to Status."""

    kind: Literal["status"] = "status"
    last: bool = True
    account: Line
    person: Line | None
    computer: Line
    enrolled: bool
    server_reachable: bool
    lans: int = Field(0, ge=0)
    """Networks on which the agent looks for others of the organisation …"""
    neighbours: int = Field(0, ge=0)
    """… and how many computers are there."""


class SignInPrompt(Word):
    """What to show while waiting for the person."""

    kind: Literal["sign-in-prompt"] = "sign-in-prompt"
    last: bool = False
    user_code: Line
    verification_uri: Line
    verification_uri_complete: Line
    expires_at: Moment


class SignedIn(Word):
    """The account is now this person."""

    kind: Literal["signed-in"] = "signed-in"
    last: bool = True
    person: Line


class PrinterView(Word):
    """A printer to choose."""

    printer_id: UUID
    name: Line
    location: Line


class PrintersReply(Word):
    """Answer to ListPrinters; many come in several replies."""

    kind: Literal["printers"] = "printers"
    last: bool = True
    more: bool = False
    """Whether there are others, which another ``text`` finds."""
    printers: tuple[PrinterView, ...]


class QueuesReply(Word):
    """Answer to ListQueues."""

    kind: Literal["queues"] = "queues"
    last: bool = True
    queues: tuple[QueueSpec, ...]


class JobView(Word):
    """A job; ``progress`` in octets sent while it is being delivered."""

    kind: Literal["job"] = "job"
    last: bool = True
    job: JobReport
    queue: Line = ""
    printer: Line = ""
    offered: Line = ""
    """The printer of its queue, for a job that waits: where it is released to if nobody names another."""
    asks: bool = False
    """Whether its queue wants to know now whether to print it there."""
    progress: int | None = None
    elsewhere: Line = ""
    """The computer that holds the job now, or is about to; empty: this one."""
    asked: Line = ""
    """Of a release or a deletion: the computer that was asked to do it, because this one does not hold the job."""
    timeline: tuple[TimelineEntry, ...] = ()


class JobsReply(Word):
    """Answer to ListJobs; many come in several replies."""

    kind: Literal["jobs"] = "jobs"
    last: bool = True
    jobs: tuple[JobView, ...]


class RouteExplained(Word):
    """Answer to ExplainRoute."""

    kind: Literal["route"] = "route"
    last: bool = True
    name: Line
    """Of the document."""
    tried: bool
    """Whether it was tried since it was released last; else it is what would be tried now."""
    sentence: str
    """Of the timeline, where it was tried."""
    routes: tuple[str, ...] = Field((), max_length=32)
    """The other routes, or all in the order in which they would be tried, then those that would not: a sentence each."""


class Refused(Word):
    """The fault that ended the request."""

    kind: Literal["refused"] = "refused"
    last: bool = True
    code: Line
    sentence: str


Reply = Annotated[
    StatusReply
    | SignInPrompt
    | SignedIn
    | PrintersReply
    | QueuesReply
    | JobView
    | JobsReply
    | RouteExplained
    | Refused,
    Field(discriminator="kind"),
]
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
