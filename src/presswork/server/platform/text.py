"""Checks of what people type into a single line."""

from __future__ import annotations

import re

from presswork.core.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def one_line(text: str, *, field: str, limit: int, empty: bool = False) -> str:
    """The text, trimmed. ``Invalid`` for control characters, nothing at all (unless ``empty``), or more than ``limit``."""
    trimmed = text.strip()
    if not trimmed and not empty:
        raise Invalid("This must not be empty.", field=field)
    if len(trimmed) > limit:
        raise Invalid(f"This is too long. Use at most {limit} characters.", field=field)
    if _CONTROL.search(trimmed):
        raise Invalid("This holds characters that cannot be shown. Leave them out.", field=field)
    return trimmed


def plain_pattern(text: str) -> str:
    """The text as LIKE takes it literally, where a backslash escapes."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
