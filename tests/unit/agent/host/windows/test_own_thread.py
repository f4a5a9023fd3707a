from __future__ import annotations

import threading
from threading import BoundedSemaphore, Event

import pytest

from presswork.agent.host.windows.own_thread import NoRoom, OwnThread
from presswork.testing.timing import eventually


async def test_calls_share_one_thread_that_is_not_the_loops() -> None:
    thread = OwnThread(BoundedSemaphore(1))
    idents = [await thread.call(threading.get_ident, 10) for _ in range(3)]
    thread.end(lambda: idents.append(threading.get_ident()))
    await eventually(lambda: len(idents) == 4)
    assert len(set(idents)) == 1
    assert idents[0] != threading.get_ident()


async def test_what_a_call_raises_is_raised_and_the_thread_goes_on() -> None:
    thread = OwnThread(BoundedSemaphore(1))
    with pytest.raises(KeyError):
        await thread.call(lambda: {}["no"], 10)
    assert await thread.call(lambda: 5, 10) == 5
    thread.end(lambda: None)


async def test_a_call_that_hangs_is_left_and_what_ends_it_comes_after_it() -> None:
    came_back, said = Event(), list[str]()
    room = BoundedSemaphore(1)
    thread = OwnThread(room)

    def hang() -> None:
        came_back.wait(30)
        said.append("came back")

    with pytest.raises(TimeoutError):
        await thread.call(hang, 0.01)
    thread.end(lambda: said.append("last"))
    with pytest.raises(NoRoom):
        OwnThread(room)
    assert said == []
    came_back.set()
    await eventually(lambda: said == ["came back", "last"])
    await eventually(lambda: room.acquire(blocking=False))


async def test_a_call_nobody_waits_for_any_more_is_not_begun() -> None:
    came_back, said = Event(), list[str]()
    thread = OwnThread(BoundedSemaphore(1))
    for function in (lambda: came_back.wait(30), lambda: said.append("begun")):
        with pytest.raises(TimeoutError):
            await thread.call(function, 0.01)
    thread.end(lambda: said.append("last"))
    came_back.set()
    await eventually(lambda: said == ["last"])


async def test_without_a_thread_no_place_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError

    monkeypatch.setattr(threading.Thread, "start", none_left)
    room = BoundedSemaphore(1)
    for _ in range(2):
        with pytest.raises(NoRoom):
            OwnThread(room)
    assert room.acquire(blocking=False)
