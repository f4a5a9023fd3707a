"""Which printer a person at this computer means: the server knows all of them, this computer only its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from presswork.agent.local.services import Services
from presswork.agent.spool.job import Job
from presswork.core.errors import Conflict, Distrusted, NotFound, ServerUnreachable
from presswork.protocols.control.words import PrinterSpec

_AWAY = (ServerUnreachable, Distrusted)


async def find_printers(services: Services, account: str, text: str) -> tuple[Sequence[PrinterSpec], bool]:
    """Printers with ``text`` in their name or place, the likeliest first, and whether there are others.

    Without the server: those that this computer knows, by name.
    """
    try:
        found = await services.server.find_printers(account, text)
    except _AWAY:
        return _known(services, text), False
    return found.printers, found.more


async def chosen_printer(services: Services, account: str, job: Job, named: str) -> PrinterSpec:
    """The printer of that name or id; without a name the one the job's queue offers. ``NotFound``, ``Conflict``."""
    if not named.strip():
        return _offered(services, job)
    found, missing = await _called(services, account, named)
    if not found:
        raise missing
    if len(found) > 1:
        raise Conflict("More than one printer has this name. Use its id instead of its name.")
    return found[0]


async def _called(services: Services, account: str, named: str) -> tuple[Sequence[PrinterSpec], NotFound]:
    wanted = named.strip().casefold()
    missing = NotFound(
        f"There is no printer “{named.strip()}”. presswork release without --printer shows which there are."
    )
    try:
        found: Collection[PrinterSpec] = (await services.server.find_printers(account, named.strip())).printers
    except _AWAY:
        found = services.desired.printers
        missing = NotFound(
            f"This computer knows no printer “{named.strip()}”, and the server that knows all of them does not answer."
            " Choose one that was used here, or try again later."
        )
    return [one for one in found if wanted in (str(one.printer_id), one.name.casefold())], missing


def _offered(services: Services, job: Job) -> PrinterSpec:
    queue = services.desired.queue_by_id(job.queue_id)
    printer = None if queue is None or queue.printer_id is None else services.desired.printer(queue.printer_id)
    if printer is None:
        raise NotFound("The queue of this document prints anywhere, so name a printer with --printer.")
    return printer


def _known(services: Services, text: str) -> Sequence[PrinterSpec]:
    wanted = text.strip().casefold()
    fitting = [one for one in services.desired.printers if wanted in f"{one.name} {one.location}".casefold()]
    return sorted(fitting, key=lambda one: one.name.casefold())
