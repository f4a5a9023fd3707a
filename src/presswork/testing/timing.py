"""The unit of time in tests, so that a slow machine is one number."""

from __future__ import annotations

import os

MS = 0.001 * float(os.environ.get("PRESSWORK_TIME_FACTOR", "1"))
"""One millisecond, in seconds, times ``PRESSWORK_TIME_FACTOR``."""
