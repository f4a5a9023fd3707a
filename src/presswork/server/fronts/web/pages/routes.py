"""Routes: how documents get to their printers, and where nobody could carry one."""

from __future__ import annotations

from starlette.responses import Response

from presswork.core.errors import Fault, Invalid
from presswork.protocols.control.route import ALL_ROUTES
from presswork.server import routes
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_PLACES = tuple(f"route_{place}" for place in range(1, len(ALL_ROUTES) + 1))
_FIELDS = " ".join((*_PLACES, "carriers"))


async def show(visit: Visit, fault: Fault | None = None) -> Response:
    """The policy, and the networks where only computers beside a printer reach it."""
    async with visit.reading() as session:
        kept = await routes.get_routes(session, visit.person)
        chosen = await routes.get_carriers(session, visit.person)
        found = await routes.out_of_reach(session, visit.person)
    if fault is not None:
        return visit.again("routes.html", fault, _FIELDS, out_of_reach=found, tried=_PLACES)
    form = Form(dict(zip(_PLACES, kept, strict=False)) | {"carriers": "chosen" if chosen else ""})
    return visit.show("routes.html", form=form, out_of_reach=found, tried=_PLACES)


async def change(visit: Visit) -> Response:
    """Another policy."""
    wanted = [visit.field(place) for place in _PLACES]
    try:
        _require_each_once(wanted)
        async with visit.writing() as session:
            await routes.set_routes(session, visit.person, [route for route in wanted if route])
            await routes.set_carriers(session, visit.person, chosen=visit.field("carriers") == "chosen")
    except Fault as fault:
        return await show(visit, fault)
    return visit.go("/networks/routes", "Documents take these routes from now on.")


def _require_each_once(wanted: list[str]) -> None:
    for place, route in zip(_PLACES, wanted, strict=True):
        if route and wanted.index(route) < _PLACES.index(place):
            raise Invalid("This route stands further up already. Choose another one, or none.", field=place)


PAGES = (Page("/networks/routes", show, change, role=Role.ADMINISTRATOR, place="/networks"),)
