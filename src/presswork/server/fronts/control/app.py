"""The routes of agents. Every one but enrolment is signed; what is not signed well is not read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from presswork.core.errors import Fault, Invalid
from presswork.protocols.control.agent import (
    AccountSignIn,
    EnrolRequest,
    FindPrinters,
    RenewRequest,
    SyncReply,
    SyncRequest,
)
from presswork.protocols.control.route import HandOverRequest, JobWish, OwnerRequest, RouteRequest
from presswork.server import computers, jobs, printers, queues, routes, searches
from presswork.server.computers import AgentPrincipal, ProofChecker, SignedRequest
from presswork.server.fronts.control.line import hold_line
from presswork.server.fronts.control.tunnel import Tunnels
from presswork.server.platform.context import ServerContext
from presswork.server.platform.problems import problem
from presswork.server.platform.rates import Rate

SYNC_WITH_LINE = 60
"""Seconds between syncs of an agent that can be woken …"""
SYNC_WITHOUT_LINE = 10
"""… and of one that cannot: somebody may stand at a printer."""

Message = TypeVar("Message", bound=BaseModel)
Endpoint = Callable[[Request], Awaitable[Response]]


class ControlFront:
    """One for a process: it remembers which proofs were used."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._proofs = ProofChecker(context.clock, context.public_url)
        self._tunnels = Tunnels(context)
        self._enrolments = Rate(context.clock, burst=30, seconds_each=2)

    def api_routes(self) -> list[BaseRoute]:
        """What stands below ``/api``."""
        return [
            Route("/agent/enrol", self.enrol, methods=["POST"]),
            Route("/agent/renew", self.renew, methods=["POST"]),
            Route("/agent/sync", self.sync, methods=["POST"]),
            Route("/agent/sign-in", self.sign_in, methods=["POST"]),
            Route("/agent/printers", self.find_printers, methods=["POST"]),
            Route("/agent/route", self.route, methods=["POST"]),
            Route("/agent/hand-over", self.hand_over, methods=["POST"]),
            Route("/agent/owner", self.owner, methods=["POST"]),
            Route("/agent/wish", self.wish, methods=["POST"]),
        ]

    def websocket_routes(self) -> list[BaseRoute]:
        """The line and the tunnels, below the root."""
        return [
            WebSocketRoute("/websocket/agent", self.line),
            WebSocketRoute("/websocket/tunnel/{ticket_id:uuid}", self.tunnel),
        ]

    async def enrol(self, request: Request) -> Response:
        """A computer joins; the one-use code is the proof."""
        self._enrolments.take(_address(request))
        asked = await _read(request, EnrolRequest)
        async with self._context.database.writing() as session:
            enrolled = await computers.enrol(
                session, self._context.installation.authority, asked, address=_address(request)
            )
        return _json(enrolled)

    async def renew(self, request: Request) -> Response:
        """A new certificate, also where the old one expired."""
        agent = await self._agent(request, "POST", may_be_expired=True)
        asked = await _read(request, RenewRequest)
        async with self._context.database.writing() as session:
            enrolled = await computers.renew(session, self._context.installation.authority, agent, asked)
        return _json(enrolled)

    async def sync(self, request: Request) -> Response:
        """What the agent has to tell is taken over, all or nothing; the reply says what the server wants."""
        agent = await self._agent(request, "POST")
        told = await _read(request, SyncRequest)
        waiting = self._context.events.waiting(agent.tenant_id, agent.computer_id)
        sync_after = SYNC_WITH_LINE if waiting else SYNC_WITHOUT_LINE
        async with self._context.database.writing() as session:
            computer = await computers.note_presence(session, agent, told.hello, sync_after=sync_after)
            await computers.note_networks(session, agent, computer, told.networks)
            await jobs.answer_orders(session, agent, told.answers)
            await jobs.apply_reports(session, agent, told.reports)
            await printers.report(session, agent, told.printers)
            await searches.report_searches(session, agent, told.searches)
            signer = self._context.installation.signer
            desired = await queues.desired_state(session, agent, computer, self._context.vault, held=told.revision)
            reply = SyncReply(
                server_time=session.now(),
                desired=desired and await routes.with_routes(session, signer, computer, desired),
                orders=await jobs.open_orders(session, agent),
                searches=await searches.open_searches(session, self._context.vault, agent),
                roster_entry=await computers.roster_entry(session, signer, computer, told.entry_until),
                removed=await computers.removed_lately(session, agent),
                tunnels=self._tunnels.calls(agent),
                sync_after=sync_after,
            )
        return _json(reply)

    async def sign_in(self, request: Request) -> Response:
        """A person at an account of the computer wants to be known."""
        agent = await self._agent(request, "POST")
        asked = await _read(request, AccountSignIn)
        async with self._context.database.writing() as session:
            started = await computers.start_account_sign_in(
                session,
                agent,
                self._context.account_sign_in_limits,
                asked.account,
                public_url=self._context.public_url,
            )
        return _json(started)

    async def find_printers(self, request: Request) -> Response:
        """Which printers may a person at the computer mean?"""
        agent = await self._agent(request, "POST")
        asked = await _read(request, FindPrinters)
        async with self._context.database.reading() as session:
            found = await jobs.printers_for_account(session, agent, asked)
        return _json(found)

    async def route(self, request: Request) -> Response:
        """Who could take a job of the computer to its printer?"""
        agent = await self._agent(request, "POST")
        self._context.ticket_limit.take(str(agent.computer_id))
        asked = await _read(request, RouteRequest)
        if asked.report is not None and asked.report.job_id == asked.job_id:
            async with self._context.database.writing() as session:
                await jobs.apply_reports(session, agent, [asked.report])
        async with self._context.database.reading() as session:
            found = await routes.route_candidates(
                session, self._context.vault, self._context.installation.signer, agent, asked
            )
        return _json(found)

    async def hand_over(self, request: Request) -> Response:
        """To whom may a held job of the computer go?"""
        agent = await self._agent(request, "POST")
        self._context.ticket_limit.take(str(agent.computer_id))
        asked = await _read(request, HandOverRequest)
        async with self._context.database.writing() as session:
            if asked.report is not None and asked.report.job_id == asked.job_id:
                await jobs.apply_reports(session, agent, [asked.report])
            reply = await routes.hand_over(session, self._context.installation.signer, agent, asked)
        return _json(reply)

    async def owner(self, request: Request) -> Response:
        """Whose is a job that a legacy system printed over the computer?"""
        agent = await self._agent(request, "POST")
        self._context.owner_limit.take(str(agent.computer_id))
        asked = await _read(request, OwnerRequest)
        async with self._context.database.writing() as session:
            reply = await routes.owner_of(session, agent, asked)
        return _json(reply)

    async def wish(self, request: Request) -> Response:
        """A person at the computer wants something of a job of theirs that was handed over."""
        agent = await self._agent(request, "POST")
        self._context.ticket_limit.take(str(agent.computer_id))
        asked = await _read(request, JobWish)
        async with self._context.database.writing() as session:
            taken = await jobs.take_wish(session, agent, asked)
        return _json(taken)

    async def line(self, websocket: WebSocket) -> None:
        """The WebSocket; authenticated before it is accepted."""
        try:
            agent = await self._agent(websocket, "GET")
        except Fault as fault:
            await websocket.send_denial_response(problem(fault, websocket))
            return
        await hold_line(websocket, self._context.events, agent)

    async def tunnel(self, websocket: WebSocket) -> None:
        """One end of a tunnel; authenticated before it is accepted."""
        try:
            agent = await self._agent(websocket, "GET")
            await self._tunnels.hold(websocket, agent, websocket.path_params["ticket_id"])
        except Fault as fault:
            await websocket.send_denial_response(problem(fault, websocket))

    async def _agent(self, connection: HTTPConnection, method: str, *, may_be_expired: bool = False) -> AgentPrincipal:
        signed = SignedRequest(
            authorization=connection.headers.get("authorization"),
            proof=connection.headers.get("dpop"),
            method=method,
            path=connection.scope["path"],
        )
        async with self._context.database.reading() as session:
            return await computers.verify_agent(
                session,
                self._context.installation.authority,
                self._proofs,
                signed,
                address=_address(connection),
                may_be_expired=may_be_expired,
            )


async def _read(request: Request, kind: type[Message]) -> Message:
    body = await request.body()
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Invalid("The message is not one of the protocol. Is the agent of a newer version?", field=field) from None


def _json(message: BaseModel) -> Response:
    return Response(message.model_dump_json(), media_type="application/json")


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""
