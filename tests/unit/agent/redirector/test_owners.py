from __future__ import annotations

from uuid import UUID

import pytest

from presswork.agent.redirector import owners as module
from presswork.agent.redirector.owners import FRESH, STALE, Owner, Owners
from presswork.core.errors import Forbidden, ServerUnreachable
from presswork.testing.clock import StandingClock
from presswork.testing.redirector import ADA, GRACE, PlayedOwners, inward_spec

SPEC = inward_spec(lpd=True)
STRICT = inward_spec(lpd=True, owner="")


async def test_a_name_is_whom_the_server_says_and_nobodys_name_the_queues_own() -> None:
    owners = Owners(PlayedOwners(), StandingClock())
    assert await owners.owner(SPEC, "ada", "LPR") == Owner("ada, by LPR", ADA)
    assert await owners.owner(SPEC, "eve", "LPR") == Owner("office, by LPR", GRACE)
    assert await owners.owner(SPEC, "", "RAW") == Owner("office, by RAW", GRACE)
    for name, words in (("eve", "Nobody is called eve here"), ("", "names nobody")):
        with pytest.raises(Forbidden, match=words):
            await owners.owner(STRICT, name, "LPR")


async def test_an_answer_is_good_for_a_while_and_longer_while_nobody_answers() -> None:
    clock, played = StandingClock(), PlayedOwners()
    owners = Owners(played, clock)
    for _ in range(2):
        await owners.owner(SPEC, "ada", "LPR")
    assert played.asked == ["ada"]
    clock.advance(seconds=FRESH + 1)
    played.away = True
    assert await owners.owner(SPEC, "ada", "LPR") == Owner("ada, by LPR", ADA)
    clock.advance(seconds=STALE)
    assert await owners.owner(SPEC, "ada", "LPR") == Owner("ada, by LPR", None), "too long ago: it waits"
    assert await owners.owner(SPEC, "eve", "LPR") == Owner("eve, by LPR", None), "never heard of: it waits"
    played.away = False
    assert await owners.owner(SPEC, "ada", "LPR") == Owner("ada, by LPR", ADA)


async def test_that_a_name_was_nobodys_is_not_believed_for_long() -> None:
    clock, played = StandingClock(), PlayedOwners(people={})
    owners = Owners(played, clock)
    assert await owners.person(SPEC.queue_id, "ada") is None
    clock.advance(seconds=FRESH + 1)
    played.away = True
    with pytest.raises(ServerUnreachable):
        await owners.person(SPEC.queue_id, "ada")
    played.away, played.people = False, {"ada": ADA}
    assert await owners.person(SPEC.queue_id, "ada") == ADA


async def test_so_many_names_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    played = PlayedOwners()
    owners = Owners(played, StandingClock())
    for name in ("a", "b", "c", "c", "b", "a"):
        await owners.person(UUID(int=1), name)
    assert played.asked == ["a", "b", "c", "a"]
