from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.discovery import packets
from presswork.protocols.discovery.entry import ENTRY_SIZE
from presswork.protocols.discovery.packets import (
    ANSWER_SIZE,
    BEACON_SIZE,
    CHALLENGE_SIZE,
    Answer,
    Beacon,
    Challenge,
    Kind,
    answer_is_signed,
    beacon_is_signed,
    kind_of,
    read_answer,
    read_beacon,
    read_challenge,
    write_answer,
    write_beacon,
    write_challenge,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
BOOT, NONCE = b"b" * 8, b"n" * 16
BEACON = Beacon(BOOT, 7, 30, 21335, 21336, b"e" * ENTRY_SIZE, solicit=True)
CHALLENGE = Challenge(UUID(int=2), BOOT, NONCE, IPv4Address("192.0.2.7"))
PORTS = st.integers(0, 65535)


ENTRIES = st.binary(min_size=ENTRY_SIZE, max_size=ENTRY_SIZE)
COUNTERS = st.integers(0, 2**64 - 1)


@given(
    st.builds(Beacon, st.binary(min_size=8, max_size=8), COUNTERS, PORTS, PORTS, PORTS, ENTRIES, solicit=st.booleans())
)
def test_a_beacon_is_read_as_it_was_written(beacon: Beacon) -> None:
    octets = write_beacon(beacon, KEY)
    assert kind_of(octets) is Kind.BEACON
    assert read_beacon(octets) == beacon
    assert beacon_is_signed(octets, PUBLIC)


@given(st.uuids(), st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6, network="2000::/3")))
def test_a_challenge_is_read_as_it_was_written(computer: UUID, address: IPv4Address | IPv6Address) -> None:
    challenge = Challenge(computer, BOOT, NONCE, address)
    octets = write_challenge(challenge)
    assert kind_of(octets) is Kind.CHALLENGE
    assert read_challenge(octets) == challenge


def test_an_answer_is_read_as_it_was_written() -> None:
    octets = write_answer(CHALLENGE, 9, KEY)
    assert kind_of(octets) is Kind.ANSWER
    assert read_answer(octets) == Answer(NONCE, BOOT, 9)
    assert answer_is_signed(octets, CHALLENGE, PUBLIC)


def test_their_octets_are_those_of_the_reference() -> None:
    beacon, challenge, answer = write_beacon(BEACON, KEY), write_challenge(CHALLENGE), write_answer(CHALLENGE, 9, KEY)
    fields = "50574401 01 01 6262626262626262 0000000000000007 001e 5357 5358"
    assert beacon[: BEACON_SIZE - ENTRY_SIZE - 64] == bytes.fromhex(fields)
    fields = f"50574401 02 {UUID(int=2).hex} {BOOT.hex()} {NONCE.hex()} 00000000000000000000ffffc0000207"
    assert challenge == bytes.fromhex(fields).ljust(CHALLENGE_SIZE, b"\0")
    assert answer[:-64] == bytes.fromhex(f"50574401 03 {NONCE.hex()} {BOOT.hex()} 0000000000000009")


def test_none_is_longer_than_a_small_datagram_and_no_answer_longer_than_its_question() -> None:
    assert ANSWER_SIZE == CHALLENGE_SIZE < BEACON_SIZE == packets.LONGEST <= 400


@given(st.data())
def test_no_octet_of_a_beacon_or_an_answer_may_differ(data: st.DataObject) -> None:
    octets = bytearray(data.draw(st.sampled_from([write_beacon(BEACON, KEY), write_answer(CHALLENGE, 9, KEY)])))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    match kind_of(bytes(octets)):
        case Kind.BEACON:
            assert not beacon_is_signed(bytes(octets), PUBLIC)
        case Kind.ANSWER:
            assert not answer_is_signed(bytes(octets), CHALLENGE, PUBLIC)


def test_an_answer_is_of_one_computer_at_one_address_to_one_question() -> None:
    octets = write_answer(CHALLENGE, 9, KEY)
    for other in (
        Challenge(UUID(int=3), BOOT, NONCE, CHALLENGE.address),
        Challenge(CHALLENGE.computer_id, BOOT, NONCE, IPv4Address("192.0.2.8")),
    ):
        assert not answer_is_signed(octets, other, PUBLIC)


def test_what_the_key_signs_for_one_purpose_is_nothing_else() -> None:
    beacon = write_beacon(BEACON, KEY)
    assert not beacon_is_signed(beacon[:-64] + KEY.sign(beacon[:-64]), PUBLIC)
    answer = write_answer(CHALLENGE, 9, KEY)
    assert not answer_is_signed(answer[:-64] + KEY.sign(answer[:-64]), CHALLENGE, PUBLIC)


@given(st.binary(max_size=500))
def test_other_octets_are_none_of_them(octets: bytes) -> None:
    assert kind_of(octets) is None


def test_one_octet_more_or_less_and_it_is_none() -> None:
    for whole in (write_beacon(BEACON, KEY), write_challenge(CHALLENGE), write_answer(CHALLENGE, 9, KEY)):
        assert kind_of(whole[:-1]) is kind_of(whole + b"\0") is None
        assert kind_of(whole[:4] + b"\x09" + whole[5:]) is None
        assert kind_of(whole[:3] + b"\x02" + whole[4:]) is None


@given(st.binary(min_size=32, max_size=32))
def test_any_public_key_is_only_another_one(public_key: bytes) -> None:
    assert not beacon_is_signed(write_beacon(BEACON, KEY), public_key)
