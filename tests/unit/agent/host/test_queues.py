from __future__ import annotations

import pytest

from presswork.agent.host.queues import QUEUE_NAME, no_such_queue


@pytest.mark.parametrize("name", ["ledger", "3-OG_Flur", "x" * 127])
def test_names_a_uri_can_hold(name: str) -> None:
    assert QUEUE_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-h", "a b", "a/b", "a.b", "Büro", "x" * 128, "a\n"])
def test_names_it_cannot(name: str) -> None:
    assert not QUEUE_NAME.fullmatch(name)


def test_what_was_asked_for_stays_on_its_line() -> None:
    assert "\n" not in no_such_queue("a\nb").sentence
