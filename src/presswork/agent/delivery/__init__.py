"""Jobs go out: to the printer they were released to, followed to printed, not printed or unknown.

delivery.py      Delivery: what is released, to which printer's line; recovery at the start
line.py          one task a printer: tries, waits, tries again
turns.py         the order of what waits, as an operator wants it; jobs set aside at a printer
attempt.py       one job's way past the mark, to its end
changes.py       what each step writes into the spool: pure
way.py           Way: what a URI scheme must be able to do; ways.py makes it
routes.py        Routes: by whom a job goes; agent/route is the real one
strongest.py     several addresses of one printer: the strongest that answers
ipp.py           ipp and ipps; ipp_follow.py what a device says of a job it has
socket.py        RAW: any TCP port; with PJL where the printer speaks it
pjl_known.py     which printers do; back_channel.py what they say of a job
lpd.py           LPR: RFC 1179
one_by_one.py    OneByOne: whose turn it is at a printer that RAW or LPR leads to
sending.py       octets of a document, and what it means when they break off
connections.py   those that stay open after the document
counter.py       Counter: a printer's page counter; tally.py what it says of a job
names.py         names that every device takes
capabilities.py  what a printer says it can do
job_ticket.py    what of the job ticket is asked of it, and what it cannot do
words.py         IPP keywords in plain words
pins.py          certificates seen before
progress.py      octets sent so far
deadlines.py     how long each wait may take
"""

from __future__ import annotations

from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.delivery import Delivery
from presswork.agent.delivery.progress import Progress

__all__ = ["Deadlines", "Delivery", "Progress"]
