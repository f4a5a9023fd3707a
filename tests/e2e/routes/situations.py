"""The situations in which a job has to get to its printer, as a table: what is wrong, the route it takes, and its end.

``docs/explanation/routes-situations.md`` is written from it (``page.py``). Every row is shown with real programs, or says
why it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from presswork.protocols.control.route import RouteKind, RouteReason
from presswork.protocols.control.timeline import JobEvent


class End(StrEnum):
    """What has become of the job when the situation is over; none of them is silence."""

    PRINTED = "printed"
    NOT_PRINTED = "not printed"
    UNKNOWN = "unknown"
    HANDED_OVER = "handed over"
    WAITS = "waits for its printer"
    HELD = "held for its owner"
    NOTHING = "nothing was printed"
    """For peers that show what they may not: there is no job of ours."""


Why = tuple[RouteKind, RouteReason]


@dataclass(frozen=True, slots=True)
class Situation:
    """A row."""

    name: str
    """Of the function that shows it, too."""
    wrong: str
    route: RouteKind | None
    """The one the job took; None: none."""
    end: End
    why: tuple[Why, ...] = ()
    """Why others were not taken, as ``route explain`` and the entry of the timeline say it."""
    says: tuple[JobEvent, ...] = ()
    """Further events its timeline must have."""
    refusal: str = ""
    """The ``reason`` with which a receiver refuses."""
    not_shown: str = ""
    """Why no test shows it."""


_SILENT: Why = ("direct", "no-answer")

SITUATIONS: tuple[Situation, ...] = (
    # The way itself
    Situation("all_well", "nothing", "direct", End.PRINTED),
    Situation(
        "printer_in_another_network",
        "the holder cannot reach the printer's network; another computer can",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation(
        "first_candidate_off",
        "the same, and the likeliest of those computers is off",
        "relay",
        End.PRINTED,
        (_SILENT, ("relay", "nobody-there")),
    ),
    Situation(
        "explained_on_the_command_line",
        "the same; its owner asks `presswork route explain`, which says what the timeline says",
        "relay",
        End.PRINTED,
        (_SILENT, ("cloud", "policy")),
    ),
    Situation(
        "two_sites",
        "holder and printer are at two sites, between which only agents may speak",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation("ipv6_only", "holder and relay have IPv6 only between them", "relay", End.PRINTED, (_SILENT,)),
    Situation(
        "home_behind_nat",
        "the holder is at home behind NAT: nobody can connect to it, and it reaches nothing but the server",
        "cloud",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation(
        "nobody_there",
        "the holder cannot reach the printer, and no other computer is where the printer is",
        None,
        End.WAITS,
        (_SILENT, ("relay", "nobody-there")),
        (JobEvent.UNREACHABLE,),
    ),
    # What breaks on the way
    Situation(
        "relay_dies_before_the_first_octet",
        "the relay is killed when it has the job and the printer has nothing",
        "relay",
        End.PRINTED,
        (_SILENT, ("relay", "broke-off")),
    ),
    Situation(
        "relay_dies_after_the_first_octet",
        "the relay is killed while the printer takes the document, and started again",
        "relay",
        End.UNKNOWN,
        (_SILENT,),
        (JobEvent.SENDING,),
    ),
    Situation(
        "relay_restarts_while_it_prints",
        "the relay is killed and started again while the printer prints",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation(
        "holder_killed_after_go",
        "the holder is killed when it has given GO, and started again",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation(
        "connection_breaks",
        "the connection between the agents breaks in the middle of the document",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation(
        "connection_stalls",
        "the connection between the agents stalls in the middle of the document, without breaking",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation("packets_are_lost", "one packet in fifty between the agents is lost", "relay", End.PRINTED, (_SILENT,)),
    # Who is away
    Situation(
        "holder_off",
        "the holder is off when its owner releases the job, and comes back",
        "direct",
        End.PRINTED,
    ),
    Situation(
        "holder_off_with_a_site_node",
        "the holder is off when its owner releases the job; the site node took the job over before",
        "direct",
        End.PRINTED,
        says=(JobEvent.TAKEN_OVER,),
    ),
    Situation(
        "server_away_without_a_ticket",
        "the server is away, the printer is in another network, and the holder has no ticket",
        None,
        End.WAITS,
        (_SILENT, ("relay", "no-server")),
    ),
    Situation(
        "server_away_with_a_ticket",
        "the same, but the holder has a ticket that is still good",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    Situation(
        "server_away_direct",
        "the server is away, the printer is near",
        "direct",
        End.PRINTED,
    ),
    Situation(
        "server_dies_in_between",
        "the server goes away while a relay sends the document",
        "relay",
        End.PRINTED,
        (_SILENT,),
    ),
    # Clocks, certificates, tickets
    Situation("holder_clock_an_hour_fast", "the holder's clock is an hour fast", "relay", End.PRINTED, (_SILENT,)),
    Situation("holder_clock_a_day_slow", "the holder's clock is a day slow", "relay", End.PRINTED, (_SILENT,)),
    Situation("relay_clock_an_hour_slow", "the relay's clock is an hour slow", "relay", End.PRINTED, (_SILENT,)),
    Situation("relay_clock_a_day_fast", "the relay's clock is a day fast", "relay", End.PRINTED, (_SILENT,)),
    Situation(
        "relay_certificate_expired",
        "the certificate of the only relay has expired",
        None,
        End.WAITS,
        (_SILENT, ("relay", "not-trusted")),
    ),
    Situation(
        "relay_revoked",
        "the computer that could be the relay was removed from the organisation",
        None,
        End.WAITS,
        (_SILENT, ("relay", "nobody-there")),
    ),
    Situation("ticket_expired", "a computer shows a ticket that is too old", None, End.NOTHING, refusal="expired"),
    Situation(
        "ticket_for_another_printer",
        "a computer puts another printer into its ticket",
        None,
        End.NOTHING,
        refusal="not-signed",
    ),
    Situation(
        "ticket_for_another_computer",
        "a computer shows a ticket to a relay for which it was not made",
        None,
        End.NOTHING,
        refusal="another-receiver",
    ),
    Situation(
        "ticket_of_another_computer",
        "a computer shows a ticket that was made for another sender",
        None,
        End.NOTHING,
        refusal="another-sender",
    ),
    Situation("replayed_ticket", "a ticket whose document is printed is shown again", "relay", End.PRINTED),
    Situation(
        "sender_of_another_organisation",
        "a computer of another organisation of the same installation shows the relay a ticket",
        None,
        End.NOTHING,
    ),
    Situation(
        "sender_of_another_installation",
        "a computer with a certificate of another CA shows the relay a ticket",
        None,
        End.NOTHING,
    ),
    Situation(
        "relay_of_another_organisation",
        "at the address of the only relay answers a computer of another organisation",
        None,
        End.WAITS,
        (_SILENT, ("relay", "not-trusted")),
    ),
    Situation(
        "relay_of_another_installation",
        "at the address of the only relay answers a computer with a certificate of another CA",
        None,
        End.WAITS,
        (_SILENT, ("relay", "not-trusted")),
    ),
    Situation(
        "printer_shows_another_certificate",
        "the printer shows another certificate than before: no route leads around that",
        None,
        End.WAITS,
        says=(JobEvent.CERTIFICATE_CHANGED,),
    ),
    # What an administrator wants
    Situation(
        "policy_forbids_relay",
        "the policy allows the direct route only, and the printer is in another network",
        None,
        End.WAITS,
        (_SILENT, ("relay", "policy")),
    ),
    Situation(
        "policy_relay_first", "the policy puts the relay first; the printer would answer directly", "relay", End.PRINTED
    ),
    # At the printer
    Situation(
        "paper_out_by_relay",
        "the printer behind the relay runs out of paper, and gets some",
        "relay",
        End.PRINTED,
        (_SILENT,),
        (JobEvent.DEVICE_SAYS,),
    ),
    Situation(
        "printer_hangs_by_relay",
        "the printer behind the relay takes the beginning of the document and then nothing more",
        "relay",
        End.UNKNOWN,
        (_SILENT,),
    ),
    Situation(
        "printer_off_by_relay",
        "the printer is off, so that the relay does not reach it either",
        None,
        End.WAITS,
        (_SILENT, ("relay", "no-answer")),
    ),
    # Much at once
    Situation("large_document", "the document has 60 MB", "relay", End.PRINTED, (_SILENT,)),
    Situation("several_documents", "the job has several documents", "relay", End.PRINTED, (_SILENT,)),
    Situation(
        "twenty_jobs_at_once", "twenty jobs for one printer go through one relay", "relay", End.PRINTED, (_SILENT,)
    ),
    Situation(
        "relay_is_full",
        "the relays carry as much as they can when the job comes; after a while they have room again",
        "relay",
        End.PRINTED,
        (_SILENT, ("relay", "busy")),
    ),
    Situation("released_twice", "the job is released twice at once", "relay", End.PRINTED, (_SILENT,)),
    # Discovery
    Situation("udp_flood", "somebody floods port 21337 of the relay while it works", "relay", End.PRINTED, (_SILENT,)),
    Situation(
        "beacon_replayed", "the beacons of a computer that is off are sent again", "relay", End.PRINTED, (_SILENT,)
    ),
    # Print servers
    Situation(
        "queue_of_another_computer",
        "the printer is a queue of a print server's own cupsd",
        "redirector",
        End.HANDED_OVER,
        says=(JobEvent.HANDED_TO_QUEUE,),
    ),
    Situation(
        "queue_of_another_computer_away",
        "the same, and the print server's cupsd is down",
        None,
        End.WAITS,
        (("redirector", "no-answer"),),
        (JobEvent.UNREACHABLE,),
    ),
)
