"""Why does this person (not) see this printer? And the queues that a person can add."""

from __future__ import annotations

from starlette.responses import Response

from presswork.core.errors import Fault, Invalid
from presswork.server import printers, queues
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_FIELDS = "email printer"
_AT_ONCE = 50
_SUGGESTED = 50


async def explain(visit: Visit) -> Response:
    """The question, and its answer."""
    asked = visit.request.query_params
    email, printer = asked.get("email", ""), asked.get("printer", "")
    form, answer = Form({"email": email, "printer": printer}), None
    async with visit.reading() as session:
        suggested = await printers.find_printers(session, visit.person, "", limit=_SUGGESTED)
        if email or printer:
            try:
                found = await printers.named_printer(session, visit.person, printer)
                answer = await queues.why(session, visit.person, email=email, printer_id=found.id)
            except Invalid as fault:
                form = Form(form.values, {fault.details.get("field", ""): fault.sentence})
    return visit.show("why.html", form=form, answer=answer, sentence=queues.sentence, printers=suggested)


async def my_queues(visit: Visit) -> Response:
    """The queues one can add to one's computers."""
    text, after = visit.request.query_params.get("find", ""), visit.request.query_params.get("after")
    async with visit.reading() as session:
        found = await queues.queues_on_request(session, visit.person, text=text, after=after, limit=_AT_ONCE)
    more = found[-1].queue.name if len(found) == _AT_ONCE else None
    return visit.show("my_queues.html", queues=found, text=text, more=more)


async def add_queue(visit: Visit) -> Response:
    """Have it on one's computers."""
    return await _ask(visit, wanted=True, done="It appears on your computers within a minute.")


async def give_back(visit: Visit) -> Response:
    """Have it no more."""
    return await _ask(visit, wanted=False, done="It goes from your computers within a minute.")


async def _ask(visit: Visit, *, wanted: bool, done: str) -> Response:
    try:
        async with visit.writing() as session:
            await queues.ask_for_queue(session, visit.person, visit.id("queue_id"), wanted=wanted)
    except Fault as fault:
        return visit.go("/my-queues", fault.sentence, "warning")
    return visit.go("/my-queues", done)


_ONE = "/my-queues/{queue_id:uuid}"
PAGES = (
    Page("/why", explain, role=Role.ADMINISTRATOR, place="/why"),
    Page("/my-queues", my_queues, place="/my-queues"),
    Page(_ONE + "/add", post=add_queue, place="/my-queues"),
    Page(_ONE + "/remove", post=give_back, place="/my-queues"),
)
