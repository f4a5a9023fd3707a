"""What an operator does at the server's own command line, without signing in: whoever may read the data directory may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from presswork.core.errors import NotFound
from presswork.server import computers, printers, queues, searches
from presswork.server.platform.context import ServerContext
from presswork.server.platform.database import Session
from presswork.server.tenants import Principal, Role

_NOBODY = UUID(int=0)
_EVERY = 2.0
"""Seconds between two looks."""
_COMPUTERS = 500


def operator(context: ServerContext) -> Principal:
    """Who is at the command line."""
    return Principal(context.installation.tenant_id, _NOBODY, Role.OPERATOR, _NOBODY, "the server's command line", "")


async def search_printers(
    context: ServerContext, *, through: str, ranges: Sequence[str], announced: bool, say: Callable[[str], None]
) -> None:
    """Search through the computer of that name, and ``say`` how far it is and what waits for a decision then.

    Cancelled, it stops the search. Raises what ``start_search`` raises, ``NotFound`` for a computer that is not there.
    """
    who = operator(context)
    async with context.database.writing() as session:
        computer = await _computer(session, who, through)
        search = await searches.start_search(session, who, computer_id=computer.id, ranges=ranges, announced=announced)
    say(f"{computer.name} begins within a minute. Ctrl-C stops the search; what it found stays.")
    try:
        await _follow(context, who, search.id, say)
    except asyncio.CancelledError:
        async with context.database.writing() as session:
            await searches.stop_search(session, who, search.id)
        raise
    async with context.database.reading() as session:
        for device in await searches.list_found(session, who):
            way = device.ways[0] if device.ways else "-"
            say("\t".join((way, device.name or "-", device.make_and_model or "-", device.serial_number or "-")))
    say(f"Decide what becomes of them at {context.public_url}/printers/search")


async def explain(context: ServerContext, *, person: str, printer: str, say: Callable[[str], None]) -> bool:
    """``say`` why the person with that address sees that printer (name, sign or id) or not; whether they do.

    Raises ``Invalid`` where one of them is not there.
    """
    who = operator(context)
    async with context.database.reading() as session:
        found = await printers.named_printer(session, who, printer)
        answer = await queues.why(session, who, email=person, printer_id=found.id)
    say(f"{answer.person} {'sees' if answer.seen else 'does not see'} {answer.printer.name}.")
    if answer.disabled:
        say("The person may not sign in.")
    if not answer.queues:
        say("No queue prints there, and none prints anywhere.")
    for one in answer.queues:
        if not one.computers:
            say(f"{one.queue.name}: the person has signed in at no computer.")
        for at in one.computers:
            say(f"{one.queue.name}, {at.account} on {at.computer} ({', '.join(at.networks) or 'on no known network'}):")
            for reason in at.sight.reasons:
                say(f"  {'no ' if reason.against else 'yes'}  {queues.sentence(reason, answer.names)}")
    return answer.seen


async def _follow(context: ServerContext, who: Principal, search_id: UUID, say: Callable[[str], None]) -> None:
    said = (-1, -1)
    while True:
        async with context.database.reading() as session:
            search = await searches.get_search(session, who, search_id)
            standing = searches.standing(session, search)
        if (search.asked, search.found) != said and search.total:
            said = (search.asked, search.found)
            say(f"{search.asked} of {search.total} addresses, {search.found} answers")
        if standing == "failed":
            raise NotFound(
                search.sentence or "The computer says nothing any more. Look whether it is on, and try again."
            )
        if standing != "runs":
            return
        await asyncio.sleep(_EVERY)


async def _computer(session: Session, who: Principal, name: str) -> computers.Computer:
    found = await computers.list_computers(session, who, limit=_COMPUTERS)
    for computer in found:
        if computer.name == name and computer.online(session.now()):
            return computer
    raise NotFound(f"No computer named {name} is online. The console lists them under Computers.")
