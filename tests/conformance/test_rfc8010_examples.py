"""RFC 8010, Appendix A: the protocol examples, octet by octet; each is read, and written again.

A line is octets in hexadecimal and text in quotes, then ``#`` and what the RFC calls it.
"""

from __future__ import annotations

import re

import pytest

from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import (
    Charset,
    Collection,
    Enum,
    Keyword,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    OutOfBand,
    Tag,
    Text,
    Uri,
)

PRINTER = "ipp://printer.example.com/ipp/print/pinetree"

OPERATION_GROUP = """
01                                                      # operation-attributes-tag
47 00 12 "attributes-charset" 00 05 "utf-8"             # charset
48 00 1b "attributes-natural-language" 00 05 "en-us"    # naturalLanguage
"""
PRINTER_URI = f"""
45 00 0b "printer-uri" 00 2c "{PRINTER}"                # uri
"""
JOB = f"""
02                                                      # job-attributes-tag
21 00 06 "job-id" 00 04 00 00 00 93                     # integer 147
45 00 07 "job-uri" 00 30 "{PRINTER}/147"                # uri
23 00 09 "job-state" 00 04 00 00 00 03                  # enum pending
"""
UNSUPPORTED = """
05                                                      # unsupported-attributes-tag
21 00 06 "copies" 00 04 00 00 00 14                     # integer 20
10 00 05 "sides" 00 00                                  # unsupported
"""

PRINT_JOB_REQUEST = f"""
01 01                                                   # version-number 1.1
00 02                                                   # operation-id Print-Job
00 00 00 01                                             # request-id
{OPERATION_GROUP} {PRINTER_URI}
42 00 08 "job-name" 00 06 "foobar"                      # nameWithoutLanguage
22 00 16 "ipp-attribute-fidelity" 00 01 01              # boolean true
02                                                      # job-attributes-tag
21 00 06 "copies" 00 04 00 00 00 14                     # integer 20
44 00 05 "sides" 00 13 "two-sided-long-edge"            # keyword
03                                                      # end-of-attributes-tag
"""

PRINT_JOB_RESPONSE = f"""
01 01  00 00  00 00 00 01                               # 1.1, successful-ok, request-id
{OPERATION_GROUP}
41 00 0e "status-message" 00 0d "successful-ok"         # textWithoutLanguage
{JOB}
03                                                      # end-of-attributes-tag
"""

PRINT_JOB_RESPONSE_FAILURE = f"""
01 01  04 0b  00 00 00 01                               # 1.1, client-error-attributes-or-values-not-supported
{OPERATION_GROUP}
41 00 0e "status-message"                               # textWithoutLanguage
   00 2f "client-error-attributes-or-values-not-supported"
{UNSUPPORTED}
03                                                      # end-of-attributes-tag
"""

PRINT_JOB_RESPONSE_IGNORED = f"""
01 01  00 01  00 00 00 01                               # 1.1, successful-ok-ignored-or-substituted-attributes
{OPERATION_GROUP}
41 00 0e "status-message"                               # textWithoutLanguage
   00 2f "successful-ok-ignored-or-substituted-attributes"
{UNSUPPORTED}
{JOB}
03                                                      # end-of-attributes-tag
"""

PRINT_URI_REQUEST = f"""
01 01  00 03  00 00 00 01                               # 1.1, Print-URI, request-id
{OPERATION_GROUP} {PRINTER_URI}
45 00 0c "document-uri" 00 11 "ftp://foo.com/foo"       # uri
42 00 08 "job-name" 00 06 "foobar"                      # nameWithoutLanguage
02                                                      # job-attributes-tag
21 00 06 "copies" 00 04 00 00 00 01                     # integer 1
03                                                      # end-of-attributes-tag
"""

CREATE_JOB_REQUEST = f"""
01 01  00 05  00 00 00 01                               # 1.1, Create-Job, request-id
{OPERATION_GROUP} {PRINTER_URI}
03                                                      # end-of-attributes-tag
"""

CREATE_JOB_REQUEST_WITH_COLLECTION = f"""
01 01  00 05  00 00 00 01                               # 1.1, Create-Job, request-id
{OPERATION_GROUP} {PRINTER_URI}
34 00 09 "media-col" 00 00                              # begCollection
4a 00 00 00 0a "media-size"                             # memberAttrName
34 00 00 00 00                                          # begCollection
4a 00 00 00 0b "x-dimension"                            # memberAttrName
21 00 00 00 04 00 00 52 08                              # integer 21000
4a 00 00 00 0b "y-dimension"                            # memberAttrName
21 00 00 00 04 00 00 74 04                              # integer 29700
37 00 00 00 00                                          # endCollection
4a 00 00 00 0a "media-type"                             # memberAttrName
44 00 00 00 0a "stationery"                             # keyword
37 00 00 00 00                                          # endCollection
03                                                      # end-of-attributes-tag
"""

GET_JOBS_REQUEST = f"""
01 01  00 0a  00 00 00 7b                               # 1.1, Get-Jobs, request-id
{OPERATION_GROUP} {PRINTER_URI}
21 00 05 "limit" 00 04 00 00 00 32                      # integer 50
44 00 14 "requested-attributes" 00 06 "job-id"          # keyword
44 00 00 00 08 "job-name"                               # additional value
44 00 00 00 0f "document-format"                        # additional value
03                                                      # end-of-attributes-tag
"""

GET_JOBS_RESPONSE = f"""
01 01  00 00  00 00 00 7b                               # 1.1, successful-ok, request-id
{OPERATION_GROUP}
41 00 0e "status-message" 00 0d "successful-ok"         # textWithoutLanguage
02                                                      # job-attributes-tag, 1st object
21 00 06 "job-id" 00 04 00 00 00 93                     # integer 147
36 00 08 "job-name" 00 0c 00 05 "fr-ca" 00 03 "fou"     # nameWithLanguage
02                                                      # job-attributes-tag, 2nd object
02                                                      # job-attributes-tag, 3rd object
21 00 06 "job-id" 00 04 00 00 00 94                     # integer 148
36 00 08 "job-name" 00 12 00 05 "de-CH" 00 09 "isch guet"    # nameWithLanguage
03                                                      # end-of-attributes-tag
"""


def octets(text: str) -> bytes:
    """The octets of a description."""
    data = b""
    for line in text.splitlines():
        for token in re.findall(r'"[^"]*"|[0-9a-f]{2}|#.*', line):
            if token[0] == "#":
                break
            data += token[1:-1].encode() if token[0] == '"' else bytes.fromhex(token)
    return data


def message(code: int, *groups: Group, request_id: int = 1) -> Message:
    return Message((1, 1), code, request_id, groups)


def operation_group(*attributes: Attribute) -> Group:
    charset = Attribute.of("attributes-charset", Charset("utf-8"))
    language = Attribute.of("attributes-natural-language", NaturalLanguage("en-us"))
    return Group.of(Tag.OPERATION, [charset, language, *attributes])


TARGET = Attribute.of("printer-uri", Uri(PRINTER))
JOB_GROUP = Group.of(
    Tag.JOB,
    [
        Attribute.of("job-id", 147),
        Attribute.of("job-uri", Uri(f"{PRINTER}/147")),
        Attribute.of("job-state", Enum(3)),
    ],
)
UNSUPPORTED_GROUP = Group.of(
    Tag.UNSUPPORTED_GROUP, [Attribute.of("copies", 20), Attribute.of("sides", OutOfBand.UNSUPPORTED)]
)


def status_message(text: str) -> Attribute:
    return Attribute.of("status-message", Text(text))


EXAMPLES = {
    "A.1 Print-Job Request": (
        PRINT_JOB_REQUEST,
        message(
            Operation.PRINT_JOB,
            operation_group(
                TARGET, Attribute.of("job-name", Name("foobar")), Attribute.of("ipp-attribute-fidelity", True)
            ),
            Group.of(Tag.JOB, [Attribute.of("copies", 20), Attribute.of("sides", Keyword("two-sided-long-edge"))]),
        ),
    ),
    "A.2 Print-Job Response (Successful)": (
        PRINT_JOB_RESPONSE,
        message(Status.SUCCESSFUL_OK, operation_group(status_message("successful-ok")), JOB_GROUP),
    ),
    "A.3 Print-Job Response (Failure)": (
        PRINT_JOB_RESPONSE_FAILURE,
        message(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            operation_group(status_message("client-error-attributes-or-values-not-supported")),
            UNSUPPORTED_GROUP,
        ),
    ),
    "A.4 Print-Job Response (Success with Attributes Ignored)": (
        PRINT_JOB_RESPONSE_IGNORED,
        message(
            Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES,
            operation_group(status_message("successful-ok-ignored-or-substituted-attributes")),
            UNSUPPORTED_GROUP,
            JOB_GROUP,
        ),
    ),
    "A.5 Print-URI Request": (
        PRINT_URI_REQUEST,
        message(
            Operation.PRINT_URI,
            operation_group(
                TARGET,
                Attribute.of("document-uri", Uri("ftp://foo.com/foo")),
                Attribute.of("job-name", Name("foobar")),
            ),
            Group.of(Tag.JOB, [Attribute.of("copies", 1)]),
        ),
    ),
    "A.6 Create-Job Request": (CREATE_JOB_REQUEST, message(Operation.CREATE_JOB, operation_group(TARGET))),
    "A.7 Create-Job Request with Collection Attributes": (
        CREATE_JOB_REQUEST_WITH_COLLECTION,
        message(
            Operation.CREATE_JOB,
            operation_group(
                TARGET,
                Attribute.of(
                    "media-col",
                    Collection(
                        (
                            Attribute.of(
                                "media-size",
                                Collection(
                                    (Attribute.of("x-dimension", 21000), Attribute.of("y-dimension", 29700)),
                                ),
                            ),
                            Attribute.of("media-type", Keyword("stationery")),
                        )
                    ),
                ),
            ),
        ),
    ),
    "A.8 Get-Jobs Request": (
        GET_JOBS_REQUEST,
        message(
            Operation.GET_JOBS,
            operation_group(
                TARGET,
                Attribute.of("limit", 50),
                Attribute.of(
                    "requested-attributes", Keyword("job-id"), Keyword("job-name"), Keyword("document-format")
                ),
            ),
            request_id=123,
        ),
    ),
    "A.9 Get-Jobs Response": (
        GET_JOBS_RESPONSE,
        message(
            Status.SUCCESSFUL_OK,
            operation_group(status_message("successful-ok")),
            Group.of(
                Tag.JOB, [Attribute.of("job-id", 147), Attribute.of("job-name", NameWithLanguage("fou", "fr-ca"))]
            ),
            Group.of(Tag.JOB, []),
            Group.of(
                Tag.JOB, [Attribute.of("job-id", 148), Attribute.of("job-name", NameWithLanguage("isch guet", "de-CH"))]
            ),
            request_id=123,
        ),
    ),
}


def shapes(message: Message) -> list[object]:
    """What equality of messages does not see: which kind of string or number each value is."""

    def of(attribute: Attribute) -> object:
        inner = [[of(m) for m in v.members] if isinstance(v, Collection) else type(v) for v in attribute.values]
        return attribute.name, inner

    return [[of(attribute) for attribute in group] for group in message.groups]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read(name: str):
    text, expected = EXAMPLES[name]
    data = octets(text)
    document = b"%!PDF..." if name.startswith("A.1 ") else b""
    read, rest = parse(data + document)
    assert (read, rest) == (expected, document)
    assert shapes(read) == shapes(expected)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_written(name: str):
    text, expected = EXAMPLES[name]
    assert encode(expected) == octets(text)
