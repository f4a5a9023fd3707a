"""The sign of a printer: a short id on a sheet of paper, with which a person finds the printer they stand at."""

from __future__ import annotations

from presswork.core.errors import NotFound
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.letters import draw_letters, only_letters
from presswork.server.printers.models import Printer
from presswork.server.tenants import Principal

SIGN_LETTERS = 5
"""3.2 million signs: among 10,000 printers one in 300 draws hits a sign that is taken."""


async def free_sign(session: Session, principal: Principal) -> str:
    """A sign that no printer of the tenant has."""
    while True:
        sign = draw_letters(session.randomness, SIGN_LETTERS)
        if await session.scalar(scoped(Printer, principal).where(Printer.sign == sign)) is None:
            return sign


async def printer_with_sign(session: Session, principal: Principal, sign: str) -> Printer:
    """The printer on which this stands, in large or small letters. Everybody signed in."""
    letters = only_letters(sign, SIGN_LETTERS + 1)
    printer = await session.scalar(scoped(Printer, principal).where(Printer.sign == letters))
    if printer is None:
        raise NotFound(
            "No printer has this sign. It may be of a printer that was removed; choose a printer from the list."
        )
    return printer
