"""Which printers a computer was told of: so few are told when one of many printers changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from presswork.server.computers.models import Computer, ComputerPrinter
from presswork.server.platform.database import Session, insert_new
from presswork.server.platform.events import News


async def printers_told(session: Session, tenant_id: UUID, computer_id: UUID) -> frozenset[UUID]:
    """The printers this computer still needs because something of it was released to them."""
    found = await session.scalars(
        select(ComputerPrinter.printer_id).where(
            ComputerPrinter.tenant_id == tenant_id,
            ComputerPrinter.computer_id == computer_id,
            ComputerPrinter.until > session.now(),
        )
    )
    return frozenset(found)


async def tell_of_printer(
    session: Session, tenant_id: UUID, computer_id: UUID, printer_id: UUID, *, until: datetime
) -> None:
    """The computer needs this printer until then: something of it was released there."""
    row = {"tenant_id": tenant_id, "computer_id": computer_id, "printer_id": printer_id, "until": until}
    await session.execute(insert_new(session, ComputerPrinter, [row]))
    await session.execute(
        update(ComputerPrinter)
        .where(
            ComputerPrinter.tenant_id == tenant_id,
            ComputerPrinter.computer_id == computer_id,
            ComputerPrinter.printer_id == printer_id,
        )
        .values(until=until)
    )


async def keep_told(session: Session, tenant_id: UUID, computer_id: UUID, printer_ids: Collection[UUID]) -> None:
    """These are the printers the computer is told of now; written only where they differ from before."""
    rows = await session.execute(
        select(ComputerPrinter.printer_id, ComputerPrinter.until).where(
            ComputerPrinter.tenant_id == tenant_id, ComputerPrinter.computer_id == computer_id
        )
    )
    before = dict(rows.all())
    wanted = set(printer_ids)
    if gone := before.keys() - wanted:
        await session.execute(
            delete(ComputerPrinter).where(
                ComputerPrinter.tenant_id == tenant_id,
                ComputerPrinter.computer_id == computer_id,
                ComputerPrinter.printer_id.in_(gone),
                or_(ComputerPrinter.until.is_(None), ComputerPrinter.until <= session.now()),
            )
        )
    if come := wanted - before.keys():
        new = [
            {"tenant_id": tenant_id, "computer_id": computer_id, "printer_id": printer_id, "until": None}
            for printer_id in come
        ]
        await session.execute(insert_new(session, ComputerPrinter, new))


async def printer_changed(session: Session, tenant_id: UUID, printer_id: UUID) -> None:
    """The computers that know this printer get it anew; no other one hears of it."""
    concerned = select(ComputerPrinter.computer_id).where(
        ComputerPrinter.tenant_id == tenant_id, ComputerPrinter.printer_id == printer_id
    )
    changed = await session.scalars(
        update(Computer)
        .where(Computer.tenant_id == tenant_id, Computer.id.in_(concerned))
        .values(desired_revision=session.randomness(8).hex())
        .returning(Computer.id)
    )
    for computer_id in changed.all():
        session.announce(News(tenant_id, computer_id))
