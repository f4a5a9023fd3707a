"""What a print server does for Presswork: jobs go out to its queues, and come in from systems that know nothing of us.

outward.py    QueueReceiver: a transfer becomes a job of a queue here
inward.py     Inward: a document of a legacy system becomes a job; whose it is when the server was away
owners.py     Owners: whose jobs those are; names.py: names as such systems give them
listeners.py  InwardListeners: the ports, while the duties name them; streams.py: their connections
kinds.py      what kinds of documents are taken; plain text becomes pages
wrapped.py    documents with PJL around them
ipp.py        the Printers of inward queues
lpd.py        RFC 1179; waiting.py: documents that come before it is known whose they are
raw.py        RAW
"""

from presswork.agent.redirector.inward import Inward
from presswork.agent.redirector.kinds import Kinds
from presswork.agent.redirector.listeners import InwardListeners
from presswork.agent.redirector.outward import QueueReceiver
from presswork.agent.redirector.owners import Owners

__all__ = ["Inward", "InwardListeners", "Kinds", "Owners", "QueueReceiver"]
