"""By which route a job goes to its printer: from this computer, or through another one.

router.py    Router: carries the choice out (``protocols/route``), attempt by attempt
attempts.py  one attempt, and why it brought nothing about
tickets.py   candidates and their tickets: asked for, kept while they are good
memory.py    who lately did not answer, here
looking.py   printers that did not are looked at in the background
explain.py   how a job went or would go, in sentences
"""

from presswork.agent.route.looking import Lookout
from presswork.agent.route.memory import Reachability, place_of
from presswork.agent.route.router import Near, Router

__all__ = ["Lookout", "Near", "Reachability", "Router", "place_of"]
