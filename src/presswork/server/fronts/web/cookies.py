"""What a browser keeps for us: the session, a secret of its own before there is one, and one message for the next page.

Over HTTPS the names carry the prefix ``__Host-`` (RFC 6265bis §4.1.3.2): set by this host, over TLS, for every path. All
are HttpOnly and SameSite=Lax. The form token is made from the secret, so that it is bound to the session and needs no
place on the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

_SESSION = "presswork"
_VISITOR = "presswork-visitor"
_NOTICE = "presswork-notice"
_NOTICE_LIMIT = 1500
_NOTICE_SECONDS = 60

Tone = Literal["success", "warning", "danger"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence to be shown once, on the next page."""

    tone: Tone
    words: str


class Cookies:
    """Names and flags; ``secure`` where the public address is HTTPS."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._prefix = "__Host-" if secure else ""

    def session(self, request: Request) -> str | None:
        """The session's token."""
        return request.cookies.get(self._prefix + _SESSION) or None

    def visitor(self, request: Request) -> str | None:
        """The secret of a browser that is not signed in."""
        return request.cookies.get(self._prefix + _VISITOR) or None

    def keep_session(self, response: Response, token: str) -> None:
        """From now on this browser is signed in, until it is closed or the session ends on the server."""
        self._set(response, _SESSION, token)

    def end_session(self, response: Response) -> None:
        """This browser is not signed in any more."""
        self._remove(response, _SESSION)

    def keep_visitor(self, response: Response, secret: str) -> None:
        """Remember the browser's secret."""
        self._set(response, _VISITOR, secret)

    def keep_notice(self, response: Response, notice: Notice, secret: str) -> None:
        """Show it on the next page of the browser with this secret."""
        text = json.dumps([notice.tone, notice.words[:_NOTICE_LIMIT]]).encode()
        value = base64.urlsafe_b64encode(text).decode().rstrip("=")
        self._set(response, _NOTICE, f"{_proof(secret, 'notice ' + value)}.{value}", seconds=_NOTICE_SECONDS)

    def take_notice(self, request: Request, response_of: list[str], secret: str) -> Notice | None:
        """The message for this page, if it is one of ours; its cookie's name goes into ``response_of`` to be removed."""
        kept = request.cookies.get(self._prefix + _NOTICE)
        if not kept:
            return None
        response_of.append(_NOTICE)
        proof, _, value = kept.partition(".")
        if not hmac.compare_digest(proof.encode(), _proof(secret, "notice " + value).encode()):
            return None
        try:
            tone, words = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        except (ValueError, binascii.Error):
            return None
        return Notice(tone, words)

    def remove(self, response: Response, names: list[str]) -> None:
        """Remove what was taken."""
        for name in names:
            self._remove(response, name)

    def _set(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        response.set_cookie(
            self._prefix + name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def _remove(self, response: Response, name: str) -> None:
        response.delete_cookie(self._prefix + name, path="/", secure=self._secure, httponly=True, samesite="lax")


def form_token(secret: str) -> str:
    """What every form of this browser carries."""
    return _proof(secret, "form")


def is_form_token(secret: str, given: str) -> bool:
    """Whether the form came from a page of ours in this browser; compared in constant time."""
    return hmac.compare_digest(form_token(secret).encode(), given.encode("utf-8", "replace"))


def _proof(secret: str, purpose: str) -> str:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()
