"""The composition root: the web application out of its fronts, and everything that runs as long as the server does."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from presswork.core.backoff import spread
from presswork.core.clock import Clock, Randomness, SystemClock, system_randomness
from presswork.core.errors import Fault, Invalid, NotFound, Unsupported
from presswork.core.settings import ServerSettings
from presswork.server.computers import forget_sign_ins
from presswork.server.fronts import rest
from presswork.server.fronts.control import ControlFront
from presswork.server.fronts.web import mount_web
from presswork.server.identity import forget_sessions
from presswork.server.jobs import forget_names, forget_orders
from presswork.server.platform.certificate import TLS_DIRECTORY, FileCertificate, OwnCertificate, server_context
from presswork.server.platform.context import ServerContext
from presswork.server.platform.database import Session
from presswork.server.platform.listening import HttpServer, http_server, listen
from presswork.server.platform.manners import Manners
from presswork.server.platform.problems import problem
from presswork.server.printers import assign_watchers
from presswork.server.start import new_set_up_link, open_context

_ANY = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
_START_DEADLINE = 30.0
WATCHERS_EACH = 10.0
"""Seconds; one that went away is noticed when its presence has run out."""
HOUSEKEEPING_EACH = timedelta(hours=1)
_HOUSEKEEPING: tuple[Callable[[Session], Awaitable[None]], ...] = (
    forget_sessions,
    forget_sign_ins,
    forget_names,
    forget_orders,
)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that listens."""

    context: ServerContext
    url: str
    set_up_link: str | None
    """For the first person; None once there is an administrator."""
    fingerprint: str | None
    """Of its certificate, where that is of the own CA and browsers will ask."""
    _http: HttpServer
    _serving: asyncio.Task[None]

    def stop(self) -> None:
        """Let it end: no new connections, those there are get a few seconds."""
        self._http.should_exit = True

    async def ended(self) -> None:
        """Until it has ended."""
        await asyncio.wait((self._serving,))


def make_app(context: ServerContext, *, strict_transport: bool = False) -> ASGIApp:
    """The whole web application."""
    control = ControlFront(context)
    api = Starlette(
        routes=[*control.api_routes(), *rest.api_routes(context)],
        exception_handlers={Fault: _fault, HTTPException: _http_fault, Exception: _failure},
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, exception_handlers={Fault: _fault})
    app.router.routes += [*control.websocket_routes(), *rest.root_routes(context), Mount("/api", api)]
    mount_web(app, context)
    return Manners(app, randomness=context.randomness, strict_transport=strict_transport)


@asynccontextmanager
async def running(
    settings: ServerSettings, *, clock: Clock | None = None, randomness: Randomness = system_randomness
) -> AsyncIterator[RunningServer]:
    """A server as long as the block lasts."""
    clock = clock or SystemClock()
    encrypted = settings.tls != "proxy"
    opened = listen(settings.address, settings.ports.server, encrypted=encrypted)
    try:
        url = public_url(settings, opened.getsockname()[1])
        context = await open_context(settings, public_url=url, clock=clock, randomness=randomness)
    except BaseException:
        opened.close()
        raise
    try:
        certificate = await asyncio.to_thread(_certificate, settings, context)
        tls = server_context() if certificate else None
        fingerprint = await asyncio.to_thread(certificate.refresh, tls) if certificate and tls else None
        strict = settings.tls != "own" and context.secure
        app = await asyncio.to_thread(make_app, context, strict_transport=strict)
        http = http_server(app, tls)
        await asyncio.to_thread(http.config.load)
        link = await new_set_up_link(context)
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(http.serve([opened]), name="http")
            housekeeping = tasks.create_task(_keep_house(context, certificate, tls), name="housekeeping")
            watching = tasks.create_task(_choose_watchers(context), name="watchers")
            try:
                async with asyncio.timeout(_START_DEADLINE):
                    await http.listening.wait()
                yield RunningServer(context, url, link, fingerprint, http, serving)
            except Exception as error:
                failure = error  # of whoever uses the server: raised below as it is, not wrapped in the group's
            finally:
                http.should_exit = True
                housekeeping.cancel()
                watching.cancel()
        if failure is not None:
            raise failure
    finally:
        opened.close()
        await context.database.close()


async def _keep_house(
    context: ServerContext, certificate: OwnCertificate | FileCertificate | None, tls: ssl.SSLContext | None
) -> None:
    """What has to be done from time to time. A task that fails is tried again at the next round and stops no other."""
    while True:
        for task in _HOUSEKEEPING:
            try:
                async with context.database.writing() as session:
                    await task(session)
            except Fault as fault:
                _log.error(
                    "Something regular could not be done; it is tried again.", task=task.__name__, code=fault.code
                )
            except SQLAlchemyError:
                _log.exception("Something regular failed; it is tried again.", task=task.__name__)
        if certificate and tls:
            try:
                await asyncio.to_thread(certificate.refresh, tls)
            except (Fault, OSError):
                _log.exception("The certificate could not be read or renewed; the one in use goes on.")
        await asyncio.sleep(HOUSEKEEPING_EACH.total_seconds())


async def _choose_watchers(context: ServerContext) -> None:
    """Every printer has a computer that looks at it, also after one went away."""
    while True:
        try:
            async with context.database.writing() as session:
                await assign_watchers(session)
        except (SQLAlchemyError, Fault):
            _log.exception("It could not be decided which computers look at the printers; it is tried again.")
        await asyncio.sleep(spread(WATCHERS_EACH, context.randomness))


def _certificate(settings: ServerSettings, context: ServerContext) -> OwnCertificate | FileCertificate | None:
    if settings.tls == "own":
        host = urlsplit(context.public_url).hostname or "localhost"
        return OwnCertificate(settings.directory / TLS_DIRECTORY, context.installation.authority, context.clock, host)
    if settings.tls == "file":
        return FileCertificate(settings.certificate, settings.private_key)
    return None


def public_url(settings: ServerSettings, port: int) -> str:
    """The origin people and agents use: as it is set, or from port and address (this machine's name where that is any)."""
    if settings.public_url is None:
        scheme = "http" if settings.tls == "proxy" else "https"
        address = socket.gethostname() if settings.address in _ANY else settings.address
        host = f"[{address}]" if ":" in address else address
        return f"{scheme}://{host}:{port}"
    parts = urlsplit(settings.public_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise Invalid(
            "The public URL is an origin, such as https://print.example.org, without anything after the host."
        )
    return f"{parts.scheme}://{parts.netloc}"


async def _fault(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, Fault):
        raise fault
    return problem(fault, request)


async def _http_fault(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return problem(Unsupported("This address does not take that method."), request)
    return problem(NotFound("There is nothing at this address of the API."), request)


async def _failure(request: Request, _error: Exception) -> Response:
    # The error itself is logged by the HTTP server; outside nothing of it is said.
    return problem(Fault("Something went wrong in the server. Try again; its log says more."), request)
