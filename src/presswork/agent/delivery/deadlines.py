"""How long each wait of a delivery may take, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from presswork.net.http_client_exchange import Deadlines as HttpDeadlines


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Defaults are for real printers; tests give shorter ones."""

    connect: float = 10
    """Until there is a connection."""
    stall: float = 60
    """Without any octet of the document getting away: then the sending is broken off."""
    reply: float = 60
    """Until a request is answered."""
    raw_stall: float = 5 * 60
    """As ``stall``, for RAW and LPR: without paper such a printer takes no more, and has no other way to say so."""
    raw_close: float = 60
    """Until a RAW printer closes, or begins to say something of the job, after the last octet."""
    pjl: float = 10
    """Until a printer has said whether it speaks PJL."""
    counter_idle: float = 60
    """So long the page counter of a printer that does nothing may stand still; then the job's end is unknown."""
    counter_busy: float = 10 * 60
    """The same, of a printer that says it prints."""
    turn: float = 10
    """So long a job waits for another one of this computer at a printer that takes one connection. A holder waits longer."""
    first_retry: float = 1
    slowest_retry: float = 60
    """Between two tries of a printer that does not answer, or is busy."""
    hold_again: float = 15 * 60
    """So long a job of a hold queue waits for its printer; then for its owner."""
    first_poll: float = 0.1
    slowest_poll: float = 2
    """Between two looks at a job the device has."""
    out_of_reach: float = 10 * 60
    """So long a device that has a job may not answer; then its end is unknown."""
    settle: float = 30
    """So long a device has to say what it makes of a document that broke off."""
    follow: float = 24 * 60 * 60
    """So long a job is followed at all."""
    cancel: float = 15
    """Until a job that a person cancels is over."""

    @property
    def http(self) -> HttpDeadlines:
        """Those of the HTTP client."""
        return HttpDeadlines(connect=self.connect, stall=self.stall, reply=self.reply)
