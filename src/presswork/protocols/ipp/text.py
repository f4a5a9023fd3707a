"""Text from others: whether it is clean, and how it is shown.

The rule. A request with a control character in any text, name, keyword, URI or attribute name is refused by the Printer
with client-error-bad-request: it calls ``find_unclean`` on the message and names what was found. A reply of a device is
read as it is, and everything of it that is stored, logged or shown goes through ``cleaned``. The parser itself changes
nothing, so that what was read can be written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.values import Collection, NameWithLanguage, TextWithLanguage, Unrecognized, Value

# C0, DEL, C1, and the two characters of Unicode that end a line
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# ... and those that turn the direction of what stands around them
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def is_clean(text: str) -> bool:
    """Whether there is no control character and no end of line in it."""
    return _CONTROL.search(text) is None


def cleaned(text: str, most: int = 1023) -> str:
    """``text`` to show: one line, no control characters, at most that many characters."""
    return _NOT_SHOWN.sub(" ", text[:most]).strip()


def cleaned_value(value: Value, most: int = 1023) -> str:
    """Any value of a device as a line to show; octets that are not UTF-8 are replaced."""
    match value:
        case TextWithLanguage() | NameWithLanguage():
            return cleaned(value.text, most)
        case Unrecognized():
            return cleaned(value.data.decode("utf-8", "replace"), most)
        case bytes():
            return cleaned(value.decode("utf-8", "replace"), most)
        case _:
            return cleaned(str(value), most)


def find_unclean(message: Message) -> str | None:
    """The name, fit to be shown, of the first attribute with a control character in its name or a value."""
    for group in message.groups:
        found = _find_unclean(group.attributes)
        if found is not None:
            return found
    return None


def _find_unclean(attributes: Iterable[Attribute]) -> str | None:
    for attribute in attributes:
        if not is_clean(attribute.name) or not all(map(_is_clean_value, attribute.values)):
            return cleaned(attribute.name, 255)
    return None


def _is_clean_value(value: Value) -> bool:
    match value:
        case str():
            return is_clean(value)
        case TextWithLanguage() | NameWithLanguage():
            return is_clean(value.text) and is_clean(value.language)
        case Collection():
            return _find_unclean(value.members) is None
        case _:
            return True
