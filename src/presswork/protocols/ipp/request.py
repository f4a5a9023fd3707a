"""Requests put together in the order RFC 8011 §4.1.4 and §4.1.5 ask for: charset, language, target, user, then the rest."""

from __future__ import annotations

from collections.abc import Iterable

from presswork.protocols.ipp.message import VERSION_2_0, Attribute, Group, Message
from presswork.protocols.ipp.values import Charset, Name, NaturalLanguage, Tag, Uri


def request(
    operation: int,
    request_id: int,
    uri: str,
    user: str,
    attributes: Iterable[Attribute] = (),
    *,
    groups: Iterable[Group] = (),
    version: tuple[int, int] = VERSION_2_0,
) -> Message:
    """A request to the printer at ``uri``.

    ``user`` becomes ``requesting-user-name`` and is left out when empty. ``attributes`` are further operation
    attributes; ``job-id`` among them is put where it belongs; ``groups`` follow the operation group, such as the job attributes.
    """
    target = [
        Attribute.of("attributes-charset", Charset("utf-8")),
        Attribute.of("attributes-natural-language", NaturalLanguage("en")),
        Attribute.of("printer-uri", Uri(uri)),
    ]
    given = list(attributes)
    # RFC 8011 §4.1.5: where the target is a job, its job-id follows printer-uri at once
    target += [attribute for attribute in given if attribute.name == "job-id"]
    if user:
        target.append(Attribute.of("requesting-user-name", Name(user)))
    target += [attribute for attribute in given if attribute.name != "job-id"]
    return Message(version, operation, request_id, (Group.of(Tag.OPERATION, target), *groups))
