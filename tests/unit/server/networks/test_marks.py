"""By what a network is known."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid
from presswork.protocols.control.words import NetworkHint
from presswork.server.networks.marks import (
    Mark,
    MarkOfNetwork,
    approved_prefixes,
    canonical,
    networks_of,
    possible_marks,
    proposed,
)

BERLIN, PARIS, VPN = UUID(int=1), UUID(int=2), UUID(int=3)
MAC = "00:00:5e:00:53:01"


def _hint(**fields: object) -> NetworkHint:
    return NetworkHint.model_validate(fields)


def _known(*pairs: tuple[UUID, str, str]) -> list[MarkOfNetwork]:
    return [MarkOfNetwork(network, canonical(kind, text)) for network, kind, text in pairs]


MARKS = _known(
    (BERLIN, "gateway", f"192.0.2.1 {MAC}"),
    (PARIS, "cidr", "198.51.100.0/22"),
    (VPN, "dns-suffix", "example.org"),
    (PARIS, "cidr", "2001:db8:5::/48"),
)


@pytest.mark.parametrize(
    ("hints", "networks"),
    [
        ([], set()),
        ([{"gateway": "192.0.2.1", "gateway_mac": MAC}], {BERLIN}),
        ([{"gateway": "192.0.2.1"}], set()),
        ([{"gateway": "192.0.2.1", "gateway_mac": "00:00:5e:00:53:02"}], set()),
        ([{"prefixes": ["198.51.101.0/24"]}], {PARIS}),
        ([{"prefixes": ["198.51.100.0/22"]}], {PARIS}),
        ([{"prefixes": ["198.51.0.0/16"]}], set()),
        ([{"prefixes": ["2001:db8:5:7::/64"]}], {PARIS}),
        ([{"dns_suffixes": ["berlin.example.org"]}], {VPN}),
        ([{"dns_suffixes": ["notexample.org"]}], set()),
        ([{"gateway": "192.0.2.1", "gateway_mac": MAC}, {"prefixes": ["198.51.100.0/24"]}], {BERLIN, PARIS}),
    ],
)
def test_any_mark_that_fits_is_enough(hints: list[dict[str, object]], networks: set[UUID]) -> None:
    assert networks_of([_hint(**hint) for hint in hints], MARKS) == networks


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("gateway", " 192.0.2.1, 00-00-5E-00-53-01", f"192.0.2.1 {MAC}"),
        ("gateway", "192.0.2.1 00005e005301", f"192.0.2.1 {MAC}"),
        ("gateway", "FE80::1 " + MAC, f"fe80::1 {MAC}"),
        ("cidr", "192.0.2.77/24", "192.0.2.0/24"),
        ("cidr", "2001:DB8::1/48", "2001:db8::/48"),
        ("dns-suffix", ".Berlin.Example.ORG.", "berlin.example.org"),
    ],
)
def test_a_mark_has_one_form(kind: str, text: str, value: str) -> None:
    mark = canonical(kind, text)
    assert (mark.kind, mark.value) == (kind, value)
    assert canonical(kind, mark.value) == mark


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("gateway", "192.0.2.1"),
        ("gateway", f"router {MAC}"),
        ("gateway", f"fe80::1%eth0 {MAC}"),
        ("gateway", "192.0.2.1 00:00:5e"),
        ("cidr", "0.0.0.0/0"),
        ("cidr", "192.0.2.0/33"),
        ("cidr", ""),
        ("dns-suffix", ""),
        ("dns-suffix", "a b"),
        ("dns-suffix", "a\nb"),
        ("dns-suffix", "a." * 200),
        ("ssid", "cafe"),
    ],
)
def test_what_marks_no_network_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Invalid):
        canonical(kind, text)


def test_a_network_would_best_be_known_by_its_gateway() -> None:
    assert proposed(_hint(gateway="192.0.2.1", gateway_mac=MAC, prefixes=["192.0.2.0/24"])) == Mark(
        "gateway", f"192.0.2.1 {MAC}"
    )
    assert proposed(_hint(gateway="192.0.2.1", prefixes=["192.0.2.0/24"])) == Mark("cidr", "192.0.2.0/24")
    assert proposed(_hint(gateway="192.0.2.1", prefixes=["192.0.2.2/32"])) is None
    assert proposed(_hint(prefixes=["172.17.0.0/16"])) is None
    assert proposed(_hint(dns_suffixes=["example.org"])) is None


@given(st.ip_addresses(network="10.0.0.0/8"), st.integers(1, 32), st.integers(1, 32))
def test_a_block_marks_the_subnets_in_it_and_no_others(address: object, of_mark: int, of_computer: int) -> None:
    mark = canonical("cidr", f"{address}/{of_mark}")
    subnet = canonical("cidr", f"{address}/{of_computer}").value
    assert (mark in possible_marks([_hint(prefixes=[subnet])])) == (of_computer >= of_mark)


@pytest.mark.parametrize(
    ("hint", "approved"),
    [
        ({"gateway": "192.0.2.1", "gateway_mac": MAC, "prefixes": ["192.0.2.0/24", "10.0.0.0/8"]}, 2),
        ({"gateway": "192.0.2.1", "prefixes": ["192.0.2.0/24"]}, 0),
        ({"prefixes": ["198.51.101.0/24", "10.0.0.0/8"]}, 1),
        ({"prefixes": ["198.51.0.0/16"]}, 0),
        ({"prefixes": ["192.0.2.0/24"], "dns_suffixes": ["berlin.example.org"]}, 0),
    ],
)
def test_a_subnet_is_approved_by_its_gateway_or_its_block_but_by_no_suffix(
    hint: dict[str, object], approved: int
) -> None:
    told = _hint(**hint)
    assert approved_prefixes([told], MARKS) == told.prefixes[:approved]
