"""Text of others on a terminal or in a log: a printer, a document's name or a server must not steer either."""

from __future__ import annotations


def plain(text: str, *, keep: str = "") -> str:
    """``text`` with everything that is not shown written out: control characters (ECMA-48), ends of lines, changes of direction.

    What is in ``keep`` stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in keep else one.encode("unicode_escape").decode() for one in text)
