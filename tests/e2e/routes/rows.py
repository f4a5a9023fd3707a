"""The functions that show situations, by name."""

from __future__ import annotations

from e2e.routes import along, at_the_printer, away, breaking, on_the_lan, print_servers, trust, wishes
from e2e.routes.case import SHOWN

__all__ = ["SHOWN", "along", "at_the_printer", "away", "breaking", "on_the_lan", "print_servers", "trust", "wishes"]
