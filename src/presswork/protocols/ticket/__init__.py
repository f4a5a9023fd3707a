"""What a receiver may do with one job of one sender: said by the server, signed, and believed for a short time."""

from presswork.protocols.ticket.certificate import TICKETS, ticket_key_of
from presswork.protocols.ticket.ticket import (
    LIFE,
    LONGEST,
    Ticket,
    TicketKind,
    TicketRefused,
    check_ticket,
    digest_of,
    open_ticket,
    sign_ticket,
    ticket_id_of,
)

__all__ = [
    "LIFE",
    "LONGEST",
    "TICKETS",
    "Ticket",
    "TicketKind",
    "TicketRefused",
    "check_ticket",
    "digest_of",
    "open_ticket",
    "sign_ticket",
    "ticket_id_of",
    "ticket_key_of",
]
