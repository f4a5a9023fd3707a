"""Messages of SNMP v1 and v2c, there and back; every datagram is a message or malformed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from presswork.protocols.snmp.ber import MalformedDatagram, element, write_integer
from presswork.protocols.snmp.message import MOST_VARBINDS, Pdu, SnmpMessage, Tag, Varbind, Version, decode, encode

OID = (1, 3, 6, 1, 2, 1, 1, 1, 0)
oids = st.lists(st.integers(0, 0xFFFFFFFF), max_size=12).map(lambda more: (1, 3, *more))
values = st.one_of(
    st.tuples(st.just(int(Tag.INTEGER)), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.sampled_from([0x41, 0x42, 0x43]), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(int(Tag.COUNTER64)), st.integers(0, 2**64 - 1)),
    st.tuples(st.sampled_from([0x04, 0x40, 0x44]), st.binary(max_size=40)),
    st.tuples(st.just(int(Tag.OBJECT_IDENTIFIER)), oids),
    st.tuples(st.sampled_from([0x05, 0x80, 0x81, 0x82]), st.none()),
)
messages = st.builds(
    SnmpMessage,
    version=st.sampled_from([0, 1]),
    community=st.binary(max_size=20),
    pdu=st.sampled_from([0xA0, 0xA1, 0xA2, 0xA5]),
    request_id=st.integers(-(2**31), 2**31 - 1),
    varbinds=st.lists(st.builds(lambda oid, held: Varbind(oid, *held), oids, values), max_size=8).map(tuple),
    status=st.integers(0, 18),
    index=st.integers(0, 100),
)


def test_a_request_as_net_snmp_writes_it():
    octets = bytes.fromhex(
        "302602010104067075626c6963a01902047fffffff020100020100300b300906052b0601020105 00".replace(" ", "")
    )
    message = SnmpMessage(Version.V2C, b"public", Pdu.GET, 0x7FFFFFFF, (Varbind((1, 3, 6, 1, 2, 1)),))
    assert decode(encode(message)) == message
    assert encode(message)[:13] == octets[:1] + encode(message)[1:2] + octets[2:13]


@given(messages)
def test_messages_come_back(message: SnmpMessage):
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x30\x80")
def test_any_octets_are_a_message_or_malformed(data: bytes):
    with contextlib.suppress(MalformedDatagram):
        decode(data)


@given(messages, st.data())
def test_a_message_with_a_changed_octet_is_a_message_or_malformed(message: SnmpMessage, data: st.DataObject):
    octets = bytearray(encode(message))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedDatagram):
        decode(bytes(octets))


def test_what_follows_is_not_read():
    message = SnmpMessage(Version.V1, b"", Pdu.RESPONSE, 1, (Varbind(OID, Tag.INTEGER, 5),))
    assert decode(encode(message) + b"more") == message


def test_another_version_is_refused():
    message = SnmpMessage(3, b"", Pdu.GET, 1, ())
    with pytest.raises(MalformedDatagram, match="version"):
        decode(encode(message))


def test_a_flood_of_variables_is_refused():
    flood = SnmpMessage(Version.V2C, b"", Pdu.RESPONSE, 1, (Varbind(OID),) * (MOST_VARBINDS + 1))
    with pytest.raises(MalformedDatagram, match="too many"):
        decode(encode(flood))


def test_nesting_does_not_recurse():
    nested = write_integer(1)
    for _ in range(5000):
        nested = element(0x30, nested)
    with pytest.raises(MalformedDatagram):
        decode(nested)


def test_a_value_of_an_unknown_kind_is_nothing():
    message = SnmpMessage(Version.V2C, b"", Pdu.RESPONSE, 1, (Varbind(OID, 0x4B, b"x"),))
    assert decode(encode(message)).varbinds == (Varbind(OID, 0x4B, None),)
