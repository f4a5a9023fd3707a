"""What is remembered of those who did not answer."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

import pytest

from presswork.agent.route.memory import ROOM, Reachability, peer, peers, place_of, printer, printer_through, told_by
from presswork.core.errors import NoSpace
from presswork.protocols.control.route import RouteReason
from presswork.protocols.control.words import NetworkHint, PrinterReport
from presswork.protocols.route import Silence
from presswork.testing.clock import StandingClock

ONE = UUID(int=1)
LOBBY, PC = printer(ONE), peer("relay", ONE)


class Facts:
    """A spool's facts."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.full = False

    async def remember(self, key: str, value: str) -> None:
        if self.full:
            raise NoSpace("The disk is full.")
        self.facts[key] = value

    async def recall(self, key: str) -> str | None:
        return self.facts.get(key)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


async def remembered(facts: Facts, clock: StandingClock, place: str | None = "here") -> Reachability:
    reach = Reachability(facts, lambda: place, clock)
    await reach.load()
    return reach


async def test_silence_passes_with_time_sooner_of_computers(clock: StandingClock) -> None:
    reach = await remembered(Facts(), clock)
    assert reach.of(LOBBY) is Silence.NONE
    for name in (LOBBY, PC):
        await reach.silent(name)
    assert (reach.of(LOBBY), reach.of(PC)) == (Silence.LATELY, Silence.LATELY)
    clock.advance(minutes=2)
    assert (reach.of(LOBBY), reach.of(PC)) == (Silence.LATELY, Silence.PAST)
    clock.advance(minutes=4)
    assert reach.of(LOBBY) is Silence.PAST
    clock.advance(days=1)
    assert reach.of(LOBBY) is Silence.NONE
    assert reach.of(LOBBY, PC) is Silence.NONE


async def test_the_worst_of_several_counts_and_an_answer_ends_it(clock: StandingClock) -> None:
    reach, there = await remembered(Facts(), clock), printer_through("relay", ONE, ONE)
    await reach.silent(there)
    assert reach.of(PC, there) is Silence.LATELY
    await reach.answered(PC, there)
    assert reach.of(PC, there) is Silence.NONE


@pytest.mark.parametrize(
    ("reason", "said", "seconds"),
    [("busy", "busy", 15), ("refused", "refused-before", 60), ("not-trusted", "not-trusted-before", 60)],
)
async def test_who_answers_but_takes_nothing_is_told_apart_and_is_not_silent_later(
    clock: StandingClock, reason: RouteReason, said: RouteReason, seconds: float
) -> None:
    facts = Facts()
    await (await remembered(facts, clock)).silent(PC, reason)
    reach = await remembered(facts, clock)
    there = printer_through("relay", ONE, ONE)
    assert (reach.of(PC, there), reach.reason(PC, there)) == (Silence.LATELY, said)
    clock.advance(seconds=seconds - 1)
    assert reach.of(PC) is Silence.LATELY
    clock.advance(seconds=2)
    assert (reach.of(PC), reach.reason(PC)) == (Silence.NONE, "remembered")
    await reach.silent(PC)
    assert (reach.of(PC), reach.reason(PC)) == (Silence.LATELY, "remembered"), "now it is silent"


async def test_it_lasts_through_restarts_until_the_computer_moves(clock: StandingClock) -> None:
    facts = Facts()
    await (await remembered(facts, clock)).silent(LOBBY)
    assert (await remembered(facts, clock)).of(LOBBY) is Silence.LATELY
    assert (await remembered(facts, clock, None)).of(LOBBY) is Silence.LATELY, "it is not known yet where that is"
    assert (await remembered(facts, clock, "at home")).of(LOBBY) is Silence.NONE


async def test_who_was_silent_while_this_computer_had_no_network_is_forgotten(clock: StandingClock) -> None:
    place: list[str | None] = [None]
    reach = Reachability(Facts(), lambda: place[0], clock)
    for place[0] in ("here", "", "here"):
        await reach.silent(LOBBY)
        assert reach.of(LOBBY) is Silence.LATELY
    place[0] = None
    assert reach.of(LOBBY) is Silence.LATELY
    place[0] = ""
    assert reach.of(LOBBY) is Silence.LATELY, "there is nothing to be reached now"
    place[0] = "here"
    assert reach.of(LOBBY) is Silence.NONE


async def test_of_whom_there_is_a_sign_is_passed_over_no_more_but_waited_for_briefly(clock: StandingClock) -> None:
    facts = Facts()
    reach = await remembered(facts, clock)
    full = peer("cloud", ONE)
    for name in (PC, LOBBY):
        await reach.silent(name)
    await reach.silent(full, "busy")
    reach.back(*peers(ONE), printer(UUID(int=2)))
    assert (reach.of(PC), reach.of(LOBBY)) == (Silence.PAST, Silence.LATELY)
    assert reach.of(full) is Silence.LATELY, "it answered, so that it is there says nothing new"
    reach.back(LOBBY)
    assert reach.of(LOBBY) is Silence.PAST
    clock.advance(hours=20)
    reach.back(LOBBY)
    clock.advance(hours=5)
    assert reach.of(LOBBY) is Silence.NONE, "a sign makes nobody remembered for longer"


def test_a_printer_is_back_when_it_answers_otherwise_than_by_snmp() -> None:
    up = PrinterReport(printer_id=ONE, seen_at=StandingClock().now(), reachable=True)
    for answers_to, names in (
        (("ipp",), (LOBBY,)),
        (("ipp", "snmp"), (LOBBY,)),
        ((), (LOBBY,)),
        (("snmp",), ()),
        (None, ()),
    ):
        assert told_by(up.model_copy(update={"answers_to": answers_to})) == names
    assert told_by(up.model_copy(update={"answers_to": (), "reachable": False})) == ()


async def test_a_clock_that_is_set_back_has_it_tried_again(clock: StandingClock) -> None:
    reach = await remembered(Facts(), clock)
    await reach.silent(LOBBY)
    clock.advance(hours=-1)
    assert reach.of(LOBBY) is Silence.PAST


async def test_it_is_bounded_and_keeps_the_newest(clock: StandingClock) -> None:
    reach = await remembered(Facts(), clock)
    for number in range(ROOM + 10):
        await reach.silent(printer(UUID(int=number)))
        clock.advance(milliseconds=1)
    assert reach.of(printer(UUID(int=5))) is Silence.NONE
    assert reach.of(printer(UUID(int=ROOM + 9))) is Silence.LATELY


async def test_what_cannot_be_read_or_written_keeps_nobody_from_printing(clock: StandingClock) -> None:
    facts = Facts()
    facts.facts["silent"] = "no JSON"
    facts.full = True
    reach = await remembered(facts, clock)
    await reach.silent(LOBBY)
    assert reach.of(LOBBY) is Silence.LATELY


def test_a_place_is_its_gateways_and_subnets() -> None:
    office = NetworkHint(
        gateway=IPv4Address("192.0.2.1"),
        gateway_mac="00:00:5e:00:53:01",
        prefixes=(IPv4Network("192.0.2.0/24"),),
        addresses=(IPv4Address("192.0.2.7"),),
    )
    same = office.model_copy(update={"addresses": (IPv4Address("192.0.2.8"),)})
    other = office.model_copy(update={"gateway_mac": "00:00:5e:00:53:02"})
    assert place_of([office]) == place_of([same])
    assert place_of([office]) != place_of([other]), "every second home has 192.168.178.0/24"
    assert (place_of(None), place_of([])) == (None, "")
