"""The values that are ever written into a line of PJL. Each is typed and checked; none is anybody's text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from presswork.core.errors import Invalid

UEL = b"\x1b%-12345X"
"""Universal Exit Language: whatever came before, here PJL begins, or the job ends."""
ECHO = "presswork"
"""Comes back behind the answers to a question."""
_NAME = re.compile(r"[A-Za-z0-9 ._()+,-]{1,80}")
MOST_COPIES = 999


class Sides(Enum):
    """``sides`` (RFC 8011 §5.2.8) by PJL's two variables."""

    ONE_SIDED = ("DUPLEX=OFF",)
    TWO_SIDED_LONG_EDGE = ("DUPLEX=ON", "BINDING=LONGEDGE")
    TWO_SIDED_SHORT_EDGE = ("DUPLEX=ON", "BINDING=SHORTEDGE")


@dataclass(frozen=True, slots=True)
class JobName:
    """The name of a job: at most 80 letters, digits and plain signs, no quotation mark. ``Invalid`` otherwise."""

    text: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.text):
            raise Invalid(
                "A name cannot be sent to a printer by PJL: it is too long or holds other than plain letters."
            )
