"""How long each wait of a transfer may take, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelayDeadlines:
    """Defaults are for real networks; tests give shorter ones."""

    connect: float = 5
    """Until there is a connection to one address of another computer; several are tried beside each other."""
    handshake: float = 10
    """Until its TLS is agreed, and again until its first message is there."""
    alive: float = 15
    """After so long without anything else an end shows that it lives."""
    silence: float = 60
    """After so long without an octet from the other end the connection is given up."""
    say: float = 30
    """Until the other end has taken a message."""
    decide: float = 60
    """Until a receiver has asked GO or declined."""
    go: float = 30
    """Until the holder has answered GO while it is connected."""
    grace: float = 60
    """So long a receiver keeps the printer's side open for a holder whose connection broke."""
    pages: float = 30
    """Until the holder has said how many pages there are, where that decides what became of the job."""
    first_retry: float = 0.5
    slowest_retry: float = 15
    """Between two attempts to reach a receiver that has the job."""
    out_of_reach: float = 10 * 60
    """So long a receiver that has the job may not answer; then its end is unknown."""
    follow: float = 60
    """So long a holder stays connected once all was sent; from then on it asks for the end now and then …"""
    follow_by_tunnel: float = 15
    """… and so long through the server, where there are few connections for many computers."""
    first_ask: float = 15
    slowest_ask: float = 60
    """Between two times it asks …"""
    answer: float = 10
    """… each time until the receiver has said how it stands."""
    end_follows: float = 1
    """After it has said that it has all: an end that is known comes at once."""
    progress: float = 0.25
    """Between two messages of progress."""
    news: float = 1
    """Between two things a device is said to say that are written down, the first time; longer each time …"""
    slowest_news: float = 60
    """… up to this."""
