"""What a printer's row knows of itself."""

from __future__ import annotations

from sqlalchemy import select

from presswork.server.printers import Printer
from presswork.testing.tenants import World


async def test_what_travels_in_plain_text_is_weak(world: World) -> None:
    async with world.database.reading() as session:
        printer = (await session.scalars(select(Printer).limit(1))).one()
    assert not printer.weak
    assert printer.weakness == ""
    for uri in ("ipp://x/ipp/print", "socket://x", "lpd://x/lp"):
        printer.device_uri = uri
        assert printer.weak
        assert printer.weakness.startswith("Documents travel unencrypted")


async def test_a_device_elsewhere_has_other_addresses(world: World) -> None:
    async with world.database.reading() as session:
        printer = (await session.scalars(select(Printer).limit(1))).one()
    printer.more_ways = ("socket://x",)
    printer.device_uri = str(printer.device_uri)
    assert printer.more_ways == ("socket://x",)
    printer.device_uri = "ipps://elsewhere/ipp/print"
    assert printer.more_ways == ()


async def test_a_change_is_another_certificate_than_the_pinned_one(world: World) -> None:
    async with world.database.reading() as session:
        printer = (await session.scalars(select(Printer).limit(1))).one()
    assert not printer.certificate_changed
    printer.certificate_sha256 = printer.certificate_seen_sha256 = "a" * 64
    assert not printer.certificate_changed
    printer.certificate_seen_sha256 = "b" * 64
    assert printer.certificate_changed
