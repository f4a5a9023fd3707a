"""Passwords."""

from __future__ import annotations

import asyncio

import pytest

from presswork.core.errors import Busy, Invalid
from presswork.server.identity import passwords
from presswork.server.identity.passwords import check_rules, hash_password, matches


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "x1y2" * 300, "Ada@Example.org"]
)
def test_what_is_easy_to_guess_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_rules(password, email="ada@example.org")
    assert refused.value.details == {"field": "password"}


@pytest.mark.parametrize(
    "password", ["twelve chars", "correct horse battery staple", "пароль достаточно длинный", "x1y2" * 200]
)
def test_length_is_what_counts(password: str) -> None:
    check_rules(password)


async def test_the_right_one_matches_and_no_other() -> None:
    kept = await hash_password("correct horse battery staple")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "the second choice of RFC 9106 §4"
    assert await matches("correct horse battery staple", kept)
    assert not await matches("correct horse battery stapl", kept)
    assert not await matches("", kept)


async def test_nobody_matches_nothing() -> None:
    assert not await matches("nobody has this password", None)
    assert not await matches("anything", "not a hash")


async def test_the_same_letters_typed_differently_are_the_same_password() -> None:
    kept = await hash_password("Zu\u0308rich-2026-Druck")
    assert await matches("Z\u00fcrich-2026-Druck", kept)


async def test_the_loop_goes_on_meanwhile() -> None:
    checking = asyncio.gather(*(matches("something", None) for _ in range(3)))
    turns = 0
    while not checking.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert await checking == [False] * 3
    assert turns > 20


async def test_who_comes_when_very_many_wait_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAITING", 1)
    answers = await asyncio.gather(*(matches("something", None) for _ in range(5)), return_exceptions=True)
    assert [isinstance(answer, Busy) for answer in answers] == [False, False, False, True, True]
    assert not await matches("something", None), "afterwards there is room again"
