"""Requests to the server: signed, bounded, with refusals and silence as faults."""

from __future__ import annotations

import asyncio
import re
import ssl
from types import TracebackType
from typing import NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ValidationError

from presswork import __version__
from presswork.agent.link.proof import Prover
from presswork.agent.link.server_time import ServerTime
from presswork.core.errors import Distrusted, Fault, Invalid, ServerUnreachable
from presswork.core.plain import plain
from presswork.protocols.control.moment import Moment

DEADLINE = 20.0
"""Seconds that a request waits for the server at each step, and …"""
WHOLE_DEADLINE = 60.0
"""… seconds that it may take altogether."""
_REPLY_LIMIT = 32 * 1024 * 1024
"""Octets; a desired state with ten thousand printers is a tenth of it."""
_LONGEST_SENTENCE = 500
_UNAUTHORIZED, _TOO_MANY = 401, 429
_HOST = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_.-]{0,252})|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+")
"""A name, as it is asked of DNS, or an address."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Reply = TypeVar("Reply", bound=BaseModel)


class ServerRefused(Fault):
    """The server understood and said no. In the details: ``status``, ``server_code`` and ``reason`` as the server gave them."""

    code = "server-refused"


class _Answer(NamedTuple):
    status: int
    body: bytes
    misdated: bool
    """By the time it came, it was known that the request was dated by a wrong clock."""


class _Problem(BaseModel):
    """What we read of a problem document (RFC 9457); all of it is optional."""

    title: str = ""
    detail: str = ""
    code: str = ""
    reason: str = ""
    server_time: Moment | None = None


def server_origin(url: str) -> str:
    """``url`` as an origin without a slash at its end. ``Invalid`` unless it is ``https``, or ``http`` to this very computer."""
    try:
        parts = urlsplit(url.strip())
        host = httpx2.URL(url.strip()).raw_host.decode("ascii")
        port = parts.port
    except (ValueError, httpx2.InvalidURL):
        raise Invalid(f"{plain(url)[:_LONGEST_SENTENCE]} is not an address.") from None
    if (
        parts.scheme not in ("https", "http")
        or not _HOST.fullmatch(host)
        or port == 0
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
    ):
        raise Invalid(
            "The address of the server looks like https://print.example.org, with nothing after the name or port."
        )
    if parts.username is not None:
        raise Invalid("The address of the server holds no user name or password. Leave out what stands before the @.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Invalid(
            f"The address of the server must begin with https://, unless it is this computer: {plain(url.strip())}"
        )
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port is not None else ''}"


def is_loopback(origin: str) -> bool:
    """Whether the server is on this very computer: no proxy stands between."""
    return urlsplit(origin).hostname in _LOOPBACK


class Requests:
    """To one server. Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``). Redirects are refused."""

    def __init__(self, origin: str, context: ssl.SSLContext, time: ServerTime, prover: Prover | None = None) -> None:
        """Without ``prover`` the requests are not signed."""
        self.origin = origin
        self.time = time
        self._context = context
        self._prover = prover
        self._client: httpx2.AsyncClient

    async def __aenter__(self) -> Self:
        # The first client of a process imports its transport, which reads files.
        self._client = await asyncio.to_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    def _open(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            verify=self._context,
            timeout=DEADLINE,
            follow_redirects=False,
            trust_env=not is_loopback(self.origin),
            headers={"User-Agent": f"presswork-agent/{__version__}"},
            limits=httpx2.Limits(max_connections=4, max_keepalive_connections=1, keepalive_expiry=60),
        )

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
        answer = await self._exchange(method, path, body)
        if answer.status == _UNAUTHORIZED and answer.misdated:
            # Now we know the right time: from this answer, or from another that came meanwhile.
            answer = await self._exchange(method, path, body)
        if 200 <= answer.status < 300:
            return answer.body
        raise _refusal(answer)

    async def _exchange(self, method: str, path: str, body: bytes) -> _Answer:
        url, dated_by = self.origin + path, self.time.offset
        headers = {"Content-Type": "application/json"} if body else {}
        if self._prover is not None:
            headers |= self._prover.headers(method, url, self.time.now())
        try:
            async with (
                asyncio.timeout(WHOLE_DEADLINE),
                self._client.stream(method, url, content=body or None, headers=headers) as response,
            ):
                answer = await _read(response)
                self.time.learn_header(response.headers.get("Date"))
        except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
            raise _unreachable(error) from error
        if response.status_code >= 400 and (said := _problem(answer).server_time) is not None:
            self.time.learn(said)
        return _Answer(response.status_code, answer, self.time.offset != dated_by)


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _REPLY_LIMIT:
            raise ServerUnreachable(
                "The server's answer is larger than any answer should be; it was not read to its end."
            )
    return bytes(body)


def _problem(body: bytes) -> _Problem:
    try:
        return _Problem.model_validate_json(body)
    except ValidationError:
        return _Problem()


def _refusal(answer: _Answer) -> Fault:
    problem = _problem(answer.body)
    sentence = plain((problem.detail or problem.title)[:_LONGEST_SENTENCE])
    details = {"status": str(answer.status), "server_code": problem.code, "reason": problem.reason}
    if answer.status >= 500 or answer.status == _TOO_MANY or not sentence:
        return ServerUnreachable(f"The server answered with status {answer.status}. {sentence}".rstrip(), **details)
    return ServerRefused(sentence, **details)


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
