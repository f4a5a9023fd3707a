"""SNMP settings: administrators set them, passwords only go in, computers of the tenant get them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from presswork.core.errors import Forbidden, Invalid
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.server import printers
from presswork.server.platform.database import Session
from presswork.server.printers import SnmpForm, get_snmp, set_snmp, snmp_spec
from presswork.testing.tenants import World

ADA = SnmpForm(
    "3",
    1161,
    user="ada",
    auth="sha256",
    auth_password="authentic!",
    priv="aes",
    priv_password="hidden-away",
    context="c",
)


async def spec(world: World) -> SnmpSpec | None:
    async with world.database.reading() as session:
        return await snmp_spec(session, world.vault, world.here.tenant_id)


async def save(world: World, form: SnmpForm) -> None:
    async with world.database.writing() as session:
        await set_snmp(session, world.here.administrator, world.vault, form)


async def test_the_default_is_what_printers_come_with(world: World):
    assert await spec(world) == SnmpSpec(version="2c", community="public", port=161)
    async with world.database.reading() as session:
        assert await get_snmp(session, world.here.administrator) == SnmpForm()


async def test_a_user_of_version_3(world: World):
    await save(world, ADA)
    assert await spec(world) == SnmpSpec(
        version="3",
        port=1161,
        community="public",
        user="ada",
        auth="sha256",
        auth_password="authentic!",
        priv="aes",
        priv_password="hidden-away",
        context="c",
    )
    async with world.database.reading() as session:
        assert await snmp_spec(session, world.vault, world.there.tenant_id) == SnmpSpec()


async def test_passwords_do_not_come_out_and_lie_sealed(world: World):
    await save(world, replace(ADA, community="house-word"))
    async with world.database.reading() as session:
        shown = await get_snmp(session, world.here.administrator)
        assert (shown.community, shown.auth_password, shown.priv_password) == ("", "", "")
        rows = (await session.execute(text("SELECT * FROM snmp_settings"))).all()
    for secret in (b"house-word", b"authentic!", b"hidden-away"):
        assert secret not in repr(rows).encode()
    for shown_text in (repr(ADA), repr(await spec(world))):
        assert "hidden-away" not in shown_text


async def test_an_empty_password_is_the_one_that_is_kept(world: World):
    await save(world, ADA)
    await save(world, replace(ADA, auth_password="", priv_password="", user="bob"))
    kept = await spec(world)
    assert kept is not None
    assert (kept.user, kept.auth_password, kept.priv_password) == ("bob", "authentic!", "hidden-away")
    await save(world, replace(ADA, auth="", priv="", auth_password="", priv_password=""))
    await save(world, SnmpForm(version="2c"))
    kept = await spec(world)
    assert kept is not None
    assert (kept.auth_password, kept.priv_password) == ("", ""), "without a method there is no password to keep"


async def test_off(world: World):
    await save(world, SnmpForm(version="off"))
    assert await spec(world) is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (SnmpForm("4"), "version"),
        (SnmpForm("2c", 0), "port"),
        (SnmpForm("3"), "user"),
        (replace(ADA, auth="rot13"), "auth"),
        (replace(ADA, priv="caesar"), "priv"),
        (replace(ADA, auth=""), "auth"),
        (replace(ADA, auth_password="short"), "auth_password"),
        (replace(ADA, priv_password="short"), "priv_password"),
        (SnmpForm("2c", community="two\nlines"), "community"),
        (replace(ADA, user="a\x1bb"), "user"),
    ],
)
async def test_what_cannot_be_is_refused(world: World, form: SnmpForm, field: str):
    with pytest.raises(Invalid) as refused:
        await save(world, form)
    assert refused.value.details["field"] == field
    assert await spec(world) == SnmpSpec()


async def test_only_administrators(world: World):
    async with world.database.writing() as session:
        with pytest.raises(Forbidden):
            await set_snmp(session, world.here.user, world.vault, ADA)
        with pytest.raises(Forbidden):
            await get_snmp(session, world.here.user)


async def test_the_page_counter_goes_with_ways_that_say_nothing(world: World):
    async def of(session: Session, uri: str) -> PrinterSpec:
        printer = await printers.add_printer(session, world.here.administrator, name=uri, device_uri=uri)
        wanted = await printers.printer_specs(session, world.here.tenant_id, [printer.id], snmp=SnmpSpec())
        return wanted[0]

    async with world.database.writing() as session:
        assert (await of(session, "socket://raw.example.org")).snmp == SnmpSpec()
        assert (await of(session, "ipps://ipp.example.org")).snmp is None
