from __future__ import annotations

from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Charset, Keyword, Name, NaturalLanguage, Tag, Uri


def test_the_operation_attributes_stand_in_the_order_of_rfc_8011():
    job = Group.of(Tag.JOB, [Attribute.of("copies", 2)])
    rest = [Attribute.of("requested-attributes", Keyword("job-state")), Attribute.of("job-id", 7)]
    message = request(0x09, 3, "ipp://printer/ipp/print", "ada", rest, groups=[job])
    assert (message.version, message.code, message.request_id) == ((2, 0), 0x09, 3)
    assert message.groups[0].attributes == (
        Attribute.of("attributes-charset", Charset("utf-8")),
        Attribute.of("attributes-natural-language", NaturalLanguage("en")),
        Attribute.of("printer-uri", Uri("ipp://printer/ipp/print")),
        Attribute.of("job-id", 7),
        Attribute.of("requesting-user-name", Name("ada")),
        Attribute.of("requested-attributes", Keyword("job-state")),
    )
    assert message.groups[1:] == (job,)


def test_without_a_user_no_user_is_named():
    assert request(0x0B, 1, "ipp://printer/", "").groups[0].get("requesting-user-name") is None
