"""Two readings of a device become one."""

from __future__ import annotations

from presswork.agent.printers.facts import DeviceFacts, DeviceWay, by_strength, merged
from presswork.protocols.control.device import Supply, Tray

IPP = DeviceFacts(
    by=frozenset({"ipp"}),
    uuid="67bbb526-3a17-474f-a567-2ca5f6156613",
    name="Kitchen",
    state="idle",
    supplies=(Supply(name="Black", level=50),),
)
SNMP = DeviceFacts(
    by=frozenset({"snmp"}),
    serial_number="SN1",
    mac="00:11:22:33:44:55",
    name="other",
    state="stopped",
    state_reasons=("media-jam-error",),
    supplies=(Supply(name="Black", level=49), Supply(name="Waste")),
    trays=(Tray(name="1", level=3),),
    impressions=7,
)


def test_ipp_counts_for_the_state_and_snmp_fills():
    both = merged(IPP, SNMP)
    assert both is not None
    assert (both.state, both.state_reasons, both.name) == ("idle", (), "Kitchen")
    assert (both.serial_number, both.mac, both.impressions, both.trays) == (
        "SN1",
        "00:11:22:33:44:55",
        7,
        SNMP.trays,
    )
    assert both.supplies == IPP.supplies
    assert both.by == {"ipp", "snmp"}


def test_a_counter_of_zero_is_known():
    from_ipp = merged(DeviceFacts(impressions=0), SNMP)
    assert from_ipp is not None
    assert from_ipp.impressions == 0


def test_levels_beat_names():
    unknown = DeviceFacts(supplies=(Supply(name="Black"),))
    both = merged(unknown, SNMP)
    assert both is not None
    assert both.supplies == SNMP.supplies
    neither = merged(unknown, DeviceFacts(supplies=(Supply(name="a"), Supply(name="b"))))
    assert neither is not None
    assert neither.supplies == unknown.supplies


def test_a_device_that_ipp_says_nothing_of_is_as_snmp_says():
    both = merged(DeviceFacts(certificate_sha256="ab" * 32), SNMP)
    assert both is not None
    assert (both.state, both.state_reasons) == ("stopped", ("media-jam-error",))
    assert both.certificate_sha256 == "ab" * 32


def test_one_reading_is_itself():
    assert merged(None, SNMP) is SNMP
    assert merged(IPP, None) is IPP
    assert merged(None, None) is None


def test_the_strongest_way_is_first():
    ways = [DeviceWay(f"{scheme}://h") for scheme in ("lpd", "ipp", "socket", "ipps", "ipp")]
    assert [way.scheme for way in by_strength(*ways)] == ["ipps", "ipp", "socket", "lpd"]
