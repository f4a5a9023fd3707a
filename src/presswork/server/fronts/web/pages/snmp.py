"""With what printers are asked by SNMP."""

from __future__ import annotations

from starlette.responses import Response

from presswork.core.errors import Fault, Invalid
from presswork.server import printers
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_FIELDS = "version port community user auth auth_password priv priv_password context"


async def show(visit: Visit) -> Response:
    """The settings; passwords are not shown."""
    async with visit.reading() as session:
        kept = await printers.get_snmp(session, visit.person)
    shown = {"version": kept.version, "port": str(kept.port), "user": kept.user}
    return visit.show("snmp.html", form=Form({**shown, "auth": kept.auth, "priv": kept.priv, "context": kept.context}))


async def change(visit: Visit) -> Response:
    """Other settings."""
    try:
        form = printers.SnmpForm(
            version=visit.field("version"),
            port=_port(visit.field("port")),
            community=visit.field("community"),
            user=visit.field("user").strip(),
            auth=visit.field("auth"),
            auth_password=visit.field("auth_password"),
            priv=visit.field("priv"),
            priv_password=visit.field("priv_password"),
            context=visit.field("context").strip(),
        )
        async with visit.writing() as session:
            await printers.set_snmp(session, visit.person, visit.context.vault, form)
    except Fault as fault:
        return visit.again("snmp.html", fault, _FIELDS)
    return visit.go("/printers", "The computers ask the printers in the new way from now on.")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5:
        return int(text)
    raise Invalid("The port is a number between 1 and 65535; most printers have 161.", field="port")


PAGES = (Page("/printers/snmp", show, change, role=Role.ADMINISTRATOR, place="/printers"),)
