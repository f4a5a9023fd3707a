"""The functions that show situations, by name."""

from __future__ import annotations

from e2e.routes import along
from e2e.routes.case import SHOWN

__all__ = ["SHOWN", "along"]
