"""Agent <-> server <-> agent: a tunnel, through which two agents speak that cannot reach each other.

    GET /websocket/tunnel/<ticket id>    signed, by the sender and by the receiver of a ticket

Both come to the server; the receiver after ``SyncReply.tunnels`` called it. Each begins with ``TunnelOpen`` as a text
message. ``TunnelReady`` answers both as soon as both are there, and from then on the server hands every message of the one
to the other. Binary messages are the stream: the TLS of the transfer, which the server cannot read. ``TunnelTaken`` says how
much of it was taken: nobody sends more than ``WINDOW`` octets ahead of that.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from presswork.protocols.control.base import Word

PATH = "/websocket/tunnel/"
WINDOW = 512 * 1024
"""Octets that may be on their way, or wait for whoever is to take them, in one direction."""
PIECE = 64 * 1024
"""Octets of a binary message at most."""
OVER = 1000
"""Why a tunnel is closed (RFC 6455 §7.4): the other end has gone …"""
NOT_ALLOWED = 1008
"""… this computer has no business here …"""
TRY_LATER = 1013
"""… or there are too many tunnels, or the other computer does not come."""


class TunnelCall(Word):
    """Another computer waits in a tunnel for the one that reads this."""

    ticket_id: UUID


class TunnelOpen(Word):
    """The first message of each end."""

    message: Literal["open"] = "open"
    ticket: str = Field("", max_length=16384)
    """The sender shows it; the receiver was called."""


class TunnelReady(Word):
    """The other end is there."""

    message: Literal["ready"] = "ready"


class TunnelTaken(Word):
    """So many octets of the stream were taken, since it began."""

    message: Literal["taken"] = "taken"
    octets: int = Field(ge=0, le=2**53)
