"""What anybody may ask: the CA certificate, and whether the server is well."""

from __future__ import annotations

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from presswork.server.platform.context import ServerContext


def api_routes(context: ServerContext) -> list[BaseRoute]:
    """What stands below ``/api``."""

    async def ca(_request: Request) -> Response:
        """The CA certificate (PEM); whoever fetches it compares it with a fingerprint from elsewhere."""
        return Response(context.installation.authority.pem, media_type="application/x-pem-file")

    return [Route("/ca", ca)]


def root_routes(context: ServerContext) -> list[BaseRoute]:
    """What stands at the root."""

    async def healthz(_request: Request) -> Response:
        """200 when the database answers."""
        async with context.database.reading() as session:
            await session.execute(text("SELECT 1"))
        return PlainTextResponse("ok\n")

    return [Route("/healthz", healthz)]
