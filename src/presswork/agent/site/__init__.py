"""Held jobs go to the site node, an always-on computer of their network, so that the laptop may be shut.

carrier.py     what a hand-over needs of the way to the other computer
hand_over.py   HandOver: this computer's held jobs go there
settling.py    Settling: whose a job on its way is
keeping.py     Keeping: as the site node, take over those of others

Which states there are, who holds a job when, and what a fence is: docs/explanation/site-node.md.
"""

from __future__ import annotations

from presswork.agent.site.carrier import RelayCarrier
from presswork.agent.site.hand_over import HandOver
from presswork.agent.site.keeping import Keeping

__all__ = ["HandOver", "Keeping", "RelayCarrier"]
