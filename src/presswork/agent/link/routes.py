"""Questions to the server about routes: who could carry a job, who is to hold it, whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from presswork.agent.link.requests import Requests
from presswork.core.errors import ServerUnreachable
from presswork.protocols.control.route import (
    HandOverReply,
    HandOverRequest,
    JobWish,
    OwnerReply,
    OwnerRequest,
    RouteReply,
    RouteRequest,
    WishTaken,
)
from presswork.protocols.control.words import JobReport

DEADLINE = 10.0
"""Seconds until the server has answered; somebody waits for the paper meanwhile."""
_Reply = TypeVar("_Reply", bound=BaseModel)


class RouteCalls:
    """Each raises ``ServerUnreachable`` where the server is not there in time, ``ServerRefused`` where it says no."""

    def __init__(
        self,
        requests: Callable[[], Requests | None],
        report: Callable[[UUID], Awaitable[JobReport | None]],
        deadline: float = DEADLINE,
    ) -> None:
        """``requests``: the way to the server, while there is one. ``report``: of a job the server does not have as it is."""
        self._requests = requests
        self._report = report
        self._deadline = deadline

    async def route(self, request: RouteRequest) -> RouteReply:
        """Who could take that job to its printer."""
        told = request.model_copy(update={"report": await self._report(request.job_id)})
        return await self._post("route", told, RouteReply)

    async def hand_over(self, request: HandOverRequest) -> HandOverReply:
        """Who takes over that held job."""
        told = request.model_copy(update={"report": await self._report(request.job_id)})
        return await self._post("hand-over", told, HandOverReply)

    async def owner(self, request: OwnerRequest) -> OwnerReply:
        """Whose a job is that came with that name."""
        return await self._post("owner", request, OwnerReply)

    async def wish(self, wish: JobWish) -> WishTaken:
        """Have a job's holder do what its owner wants, where that is another computer."""
        return await self._post("wish", wish, WishTaken)

    async def _post(self, name: str, request: BaseModel, reply: type[_Reply]) -> _Reply:
        requests = self._requests()
        if requests is None:
            raise ServerUnreachable("This computer is not connected with its server.")
        try:
            async with asyncio.timeout(self._deadline):
                return await requests.post(f"/api/agent/{name}", request, reply)
        except TimeoutError:
            raise ServerUnreachable("The server does not answer in time.") from None
