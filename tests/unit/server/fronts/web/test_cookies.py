"""What browsers keep for us."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from presswork.server.fronts.web.cookies import Cookies, Notice, form_token, is_form_token


def carrying(response: Response) -> Request:
    pairs = [value.partition(";")[0] for name, value in response.headers.items() if name == "set-cookie"]
    return Request({"type": "http", "headers": [(b"cookie", "; ".join(pairs).encode())]})


def test_over_https_every_cookie_is_bound_to_this_host() -> None:
    response = Response()
    cookies = Cookies(secure=True)
    cookies.keep_session(response, "token")
    cookies.keep_visitor(response, "secret")
    cookies.keep_notice(response, Notice("success", "Done."), "secret")
    kept = [value for name, value in response.headers.items() if name == "set-cookie"]
    assert len(kept) == 3
    for value in kept:
        assert value.startswith("__Host-presswork")
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in value.split(";")}
        assert "domain" not in value.lower()
    assert cookies.session(carrying(response)) == "token"
    assert Cookies(secure=False).session(carrying(response)) is None


def test_without_https_they_are_still_kept_from_scripts() -> None:
    response = Response()
    Cookies(secure=False).keep_session(response, "token")
    value = response.headers["set-cookie"]
    assert value.startswith("presswork=token;")
    assert "HttpOnly" in value
    assert "Secure" not in value


def test_a_notice_is_shown_once_and_only_to_the_browser_it_was_for() -> None:
    response = Response()
    cookies = Cookies(secure=False)
    notice = Notice("warning", "Zwölf Blätter <b>\u202e")
    cookies.keep_notice(response, notice, "secret")
    taken: list[str] = []
    assert cookies.take_notice(carrying(response), taken, "secret") == notice
    assert taken == ["presswork-notice"]
    assert cookies.take_notice(carrying(response), [], "another") is None


@pytest.mark.parametrize("value", ["", ".", "x", "x.y", f"{form_token('secret')}.W10", "é.é"])
def test_a_notice_that_is_not_ours_is_not_shown(value: str) -> None:
    request = Request({"type": "http", "headers": [(b"cookie", f"presswork-notice={value}".encode())]})
    assert Cookies(secure=False).take_notice(request, [], "secret") is None


def test_a_form_token_belongs_to_one_secret() -> None:
    assert is_form_token("secret", form_token("secret"))
    for given in ("", "é", "\udcff", form_token("other"), form_token("secret")[:-1]):
        assert not is_form_token("secret", given)
