"""When a printer is looked at again, and when one that does not answer counts as offline."""

from __future__ import annotations

from dataclasses import dataclass

from presswork.agent.printers.alerts import ASLEEP
from presswork.agent.printers.facts import DeviceFacts

_ASLEEP = (ASLEEP.removesuffix("-report"), "marker-power-saver", "standby")


@dataclass(frozen=True, slots=True)
class PollPace:
    """Seconds from look to look; each is taken give or take a tenth."""

    busy: float = 10
    """While it prints, or stands still for want of something."""
    usual: float = 60
    asleep: float = 300
    """A look wakes some devices."""
    missed: float = 10
    """After a look without an answer."""
    misses: int = 3
    """So many looks in a row without an answer, and it is offline."""
    offline: float = 120
    """While it is."""
    gathering: float = 2
    """After news from others of it: so much of that comes at once."""
    whole: float = 600
    """Supplies and trays are read again after so long, also where nothing else changed."""
    sign_of_life: float = 300
    """The server is told at least so often that it was looked at."""
    at_once: int = 64
    """So many printers are looked at at the same time."""
    first: float = 20
    """Within so many seconds all are looked at for the first time."""

    def after(self, facts: DeviceFacts) -> float:
        """Until the next look at a printer that answered."""
        if facts.state == "processing" or any(reason.endswith("-error") for reason in facts.state_reasons):
            return self.busy
        if facts.state == "stopped":
            return self.busy
        if any(reason.startswith(_ASLEEP) for reason in facts.state_reasons):
            return self.asleep
        return self.usual
