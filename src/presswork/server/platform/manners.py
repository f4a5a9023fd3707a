"""What holds for every HTTP request, whoever answers it: an id, limits on the body, headers that keep browsers safe."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from presswork.core.clock import Randomness
from presswork.core.errors import Invalid, TooLarge

BODY_LIMIT = 2 * 1024 * 1024
"""Octets of a request's body; no document comes this way."""
BODY_DEADLINE = 30.0
"""Seconds in which a request's body has to be there."""
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: a form would then be sent with Origin "null", and the check of its origin would fail.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_UNLESS_SET = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class Manners:
    """Wraps an application. ``strict_transport``: browsers are told to come by HTTPS only."""

    def __init__(self, app: ASGIApp, *, randomness: Randomness, strict_transport: bool) -> None:
        self._app = app
        self._randomness = randomness
        self._strict_transport = strict_transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = self._randomness(8).hex()
        scope["presswork.request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if scope["type"] == "http":
                # Whoever asked went away, such as an agent that was killed: no fault of ours.
                with suppress(ClientDisconnect):
                    await self._app(scope, _bounded(scope, receive), self._mannered(send, request_id))
            else:
                await self._app(scope, receive, send)

    def _mannered(self, send: Send, request_id: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_ALWAYS)
                headers["X-Request-ID"] = request_id
                for name, value in _UNLESS_SET.items():
                    headers.setdefault(name, value)
                if self._strict_transport:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return sending


def _bounded(scope: Scope, receive: Receive) -> Receive:
    announced = Headers(scope=scope).get("content-length", "0")
    too_long = not announced.isdigit() or int(announced) > BODY_LIMIT
    received = 0
    complete = False
    deadline = asyncio.get_running_loop().time() + BODY_DEADLINE

    async def receiving() -> Message:
        nonlocal received, complete
        if too_long:
            raise TooLarge(f"A request may have {BODY_LIMIT} octets at most.")
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise Invalid("The request did not arrive completely in time. Send it again.") from None
        received += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if received > BODY_LIMIT:
            raise TooLarge(f"A request may have {BODY_LIMIT} octets at most.")
        return message

    return receiving
