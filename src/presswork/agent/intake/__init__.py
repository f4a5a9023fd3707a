"""Jobs come in: the local web server on 21339 with one IPP printer a queue, and the one way a document becomes a job.

intake.py       Intake: puts the parts together and runs them
arrivals.py     the way: create, receive, hold or release; the same for cupsd, an application, the command line
acceptance.py   what becomes of a job whose document is whole: pure
store.py        JobStore over it: the jobs of one queue, as their owner may see and change them
device.py       a queue as root rules it over IPP; tickets changed, jobs restarted
events.py       tells who subscribed what became of their jobs
printers.py     the IPP printers of the queues, made when somebody asks for one
requesters.py   who asks: the kernel's word, and the spooler's
front.py        what the web server refuses before it is IPP, and its one page
handover.py     tells the spooler which of its jobs are safely here
claims.py       sends on what waited for its owner to sign in
pages.py        counts pages beside the main way
expiry.py       what is destroyed or forgotten when its time is over
"""

from __future__ import annotations

from presswork.agent.intake.expiry import expire
from presswork.agent.intake.intake import Intake
from presswork.agent.intake.pages import PageCounter

__all__ = ["Intake", "PageCounter", "expire"]
