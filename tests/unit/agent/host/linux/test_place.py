"""Where this computer is."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from pathlib import Path

import pytest

from presswork.agent.host.linux.place import LinuxPlace, hints_of, search_domains
from presswork.agent.host.linux.rtnetlink import Interface

ROUTER, MAC = IPv4Address("192.0.2.1"), "00:00:5e:00:53:01"


def _lan() -> Interface:
    return Interface(
        2,
        "eth0",
        [IPv4Interface("192.0.2.7/24"), IPv6Interface("2001:db8::7/64"), IPv6Interface("fe80::7/64")],
        [IPv6Address("fe80::1"), ROUTER],
        {ROUTER: MAC},
    )


def test_each_way_out_is_a_hint_ipv4_first() -> None:
    first, second = hints_of([_lan()], ("example.org",))
    assert (first.gateway, first.gateway_mac, [str(one) for one in first.prefixes]) == (ROUTER, MAC, ["192.0.2.0/24"])
    assert (str(second.gateway), second.gateway_mac) == ("fe80::1", None)
    assert [str(one) for one in second.prefixes] == ["2001:db8::/64"]
    assert [[str(one) for one in hint.addresses] for hint in (first, second)] == [["192.0.2.7"], ["2001:db8::7"]]
    assert first.dns_suffixes == second.dns_suffixes == ("example.org",)


def test_ipv6_that_ends_at_the_lan_is_told_beside_a_gateway_of_ipv4() -> None:
    lan = _lan()
    lan.gateways.remove(IPv6Address("fe80::1"))
    out, beside = hints_of([lan], ())
    assert (out.gateway, [str(one) for one in out.addresses]) == (ROUTER, ["192.0.2.7"])
    assert beside.gateway is None
    assert [str(one) for one in (*beside.prefixes, *beside.addresses)] == ["2001:db8::/64", "2001:db8::7"]


def test_what_leads_nowhere_comes_last_and_is_bounded() -> None:
    bridges = [Interface(n, f"br{n}", [IPv4Interface(f"172.{n}.0.1/16")]) for n in range(10, 40)]
    hints = hints_of([*bridges, _lan(), Interface(99, "down")], ())
    assert len(hints) == 16
    assert hints[0].gateway == ROUTER
    assert hints[2].gateway is None
    many = Interface(2, "eth0", [IPv4Interface(f"10.{n}.0.1/24") for n in range(50)], [ROUTER])
    assert len(hints_of([many], ())[0].prefixes) == 8


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("", ()),
        ("nameserver 192.0.2.1\nsearch Berlin.example.org. example.org\n", ("berlin.example.org", "example.org")),
        ("domain a.example\nsearch b.example\n", ("b.example",)),
        ("search .\n", ()),
        ("search a/b \x07 ok.example ünsinn\n", ("ok.example",)),
        ("search " + " ".join(f"d{n}.example" for n in range(20)), tuple(f"d{n}.example" for n in range(8))),
    ],
)
def test_search_domains_are_read_as_names_only(tmp_path: Path, text: str, domains: tuple[str, ...]) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(text, "utf-8")
    assert search_domains(file) == domains


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert search_domains(tmp_path / "none") == ()


async def test_this_very_computer_can_say_it_and_waits_for_changes() -> None:
    place = LinuxPlace()
    assert await place.hints() == await place.hints()
    _, waiting = await asyncio.wait([asyncio.ensure_future(_changes(place))], timeout=0.05)
    assert len(waiting) == 1, "it waits, and asks nobody meanwhile"
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def _changes(place: LinuxPlace) -> None:
    while True:
        await place.changed()
