"""The line printer daemon protocol (LPR, LPD; RFC 1179): octets to typed messages and back.

commands.py      commands and subcommands, one line each; acknowledgements
control_file.py  what a control file says of a job
receiver.py      the daemon's side: octets in, what they mean out
"""

from presswork.protocols.lpd.commands import (
    ACCEPTED,
    REFUSED,
    Code,
    Command,
    Subcode,
    Subcommand,
    is_accepted,
    is_queue_name,
)
from presswork.protocols.lpd.control_file import ControlFile
from presswork.protocols.lpd.receiver import Event, FileEnd, JobReceiver, Piece

__all__ = [
    "ACCEPTED",
    "REFUSED",
    "Code",
    "Command",
    "ControlFile",
    "Event",
    "FileEnd",
    "JobReceiver",
    "Piece",
    "Subcode",
    "Subcommand",
    "is_accepted",
    "is_queue_name",
]
