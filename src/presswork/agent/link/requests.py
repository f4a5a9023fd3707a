"""Requests to the server: signed, bounded, with refusals and silence as faults."""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpcore2  # noqa: F401 - httpx2 imports it only at its first use, and would then block the loop
import httpx2
from pydantic import BaseModel, ValidationError

from presswork import __version__
from presswork.agent.link.proof import Prover
from presswork.agent.link.server_time import ServerTime
from presswork.core.errors import Distrusted, Fault, Invalid, ServerUnreachable

DEADLINE = 20.0
"""Seconds that a request waits for the server at each step, and …"""
WHOLE_DEADLINE = 60.0
"""… seconds that it may take altogether."""
_REPLY_LIMIT = 32 * 1024 * 1024
"""Octets; a desired state with ten thousand printers is a tenth of it."""
_UNAUTHORIZED = 401
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Reply = TypeVar("Reply", bound=BaseModel)


class ServerRefused(Fault):
    """The server understood and said no; ``server_code`` and ``status`` in the details."""

    code = "server-refused"


class _Problem(BaseModel):
    """What we read of a problem document (RFC 9457); all of it is optional."""

    title: str = ""
    detail: str = ""
    code: str = ""


def server_origin(url: str) -> str:
    """``url`` as an origin without a slash at its end. ``Invalid`` unless it is ``https``, or ``http`` to this very computer."""
    try:
        parts = urlsplit(url.strip())
        loopback = parts.hostname in _LOOPBACK
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Invalid(f"{url} is not an address.") from None
    if (
        parts.scheme not in ("https", "http")
        or not whole
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
    ):
        raise Invalid(
            "The address of the server looks like https://print.example.org, with nothing after the name or port."
        )
    if parts.username is not None:
        raise Invalid("The address of the server holds no user name or password. Leave out what stands before the @.")
    if parts.scheme == "http" and not loopback:
        raise Invalid(f"The address of the server must begin with https://, unless it is this computer: {url}")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(origin: str) -> bool:
    """Whether the server is on this very computer: no proxy stands between."""
    return urlsplit(origin).hostname in _LOOPBACK


class Requests:
    """To one server. Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``). Redirects are refused."""

    def __init__(self, origin: str, context: ssl.SSLContext, time: ServerTime, prover: Prover | None = None) -> None:
        """Without ``prover`` the requests are not signed."""
        self.origin = origin
        self.time = time
        self._prover = prover
        self._client = httpx2.AsyncClient(
            verify=context,
            timeout=DEADLINE,
            follow_redirects=False,
            trust_env=not is_loopback(origin),
            headers={"User-Agent": f"presswork-agent/{__version__}"},
            limits=httpx2.Limits(max_connections=4, max_keepalive_connections=1, keepalive_expiry=60),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> bytes:
        """The body at ``path``."""
        return await self._success("GET", path, b"")

    async def post(self, path: str, message: BaseModel, reply: type[Reply]) -> Reply:
        """Send ``message``, read a ``reply``. ``ServerUnreachable``, ``ServerRefused``, or ``Distrusted`` when TLS says so."""
        body = await self._success("POST", path, message.model_dump_json().encode())
        try:
            return reply.model_validate_json(body)
        except ValidationError as error:
            raise ServerUnreachable(
                "What answers at the server's address does not speak as a Presswork server. Look at proxies between, or at its version."
            ) from error

    async def _success(self, method: str, path: str, body: bytes) -> bytes:
        status, answer, learned = await self._exchange(method, path, body)
        if status == _UNAUTHORIZED and learned:
            # The signature was dated by a clock that is wrong; now we know the right time.
            status, answer, _ = await self._exchange(method, path, body)
        if 200 <= status < 300:
            return answer
        raise _refusal(status, answer)

    async def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes, bool]:
        url = self.origin + path
        headers = {"Content-Type": "application/json"} if body else {}
        if self._prover is not None:
            headers |= self._prover.headers(method, url, self.time.now())
        try:
            async with (
                asyncio.timeout(WHOLE_DEADLINE),
                self._client.stream(method, url, content=body or None, headers=headers) as response,
            ):
                learned = self.time.learn_header(response.headers.get("Date"))
                return response.status_code, await _read(response), learned
        except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
            raise _unreachable(error) from error


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _REPLY_LIMIT:
            raise ServerUnreachable(
                "The server's answer is larger than any answer should be; it was not read to its end."
            )
    return bytes(body)


def _refusal(status: int, body: bytes) -> Fault:
    try:
        problem = _Problem.model_validate_json(body)
    except ValidationError:
        problem = _Problem()
    sentence = problem.detail or problem.title
    if status >= 500 or status == 429 or not sentence:
        return ServerUnreachable(
            f"The server answered with status {status}. {sentence}".rstrip(),
            status=str(status),
            server_code=problem.code,
        )
    return ServerRefused(sentence, status=str(status), server_code=problem.code)


def _unreachable(error: Exception) -> Fault:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Distrusted(
                "The server's certificate is vouched for neither by its own CA nor by this computer's trust store, so nothing "
                f"was sent ({cause.verify_message})."
            )
        cause = cause.__cause__ or cause.__context__
    reason = str(error) or type(error).__name__
    return ServerUnreachable(f"The server does not answer ({reason}).")
