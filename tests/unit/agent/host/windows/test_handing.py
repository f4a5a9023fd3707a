from __future__ import annotations

import pytest

from presswork.agent.host.queues import HostJob
from presswork.agent.host.windows.handing import Handing
from presswork.agent.host.windows.logon import Accounts
from presswork.agent.host.windows.winspool import Queue, Winspool
from presswork.core.errors import Forbidden
from presswork.testing.windows import PlayedWindows


def handing(windows: PlayedWindows, title: str = "A letter") -> Handing:
    accounts = Accounts(*(windows.load(name) for name in ("advapi32", "kernel32", "secur32")), windows.last_error)
    spooler = Winspool(windows.load("winspool.drv"), windows.last_error)
    job = HostJob("ledger", "ada", title, "application/pdf; charset=binary")
    return Handing(spooler, accounts, lambda name: Queue(name, "", "nul:", 1, 0), job)


@pytest.mark.parametrize(("title", "there"), [("", "Untitled"), ("a\nb\x00c", "a b c"), ("x" * 300, "x" * 255)])
def test_a_title_is_one_line(title: str, there: str) -> None:
    windows = PlayedWindows()
    one = handing(windows, title)
    one.open()
    one.begin()
    one.leave()
    assert windows.jobs[0].title == there


@pytest.mark.parametrize("owner", ["ADA", "CORP\\ada"])
def test_an_owner_is_the_same_however_it_is_written(owner: str) -> None:
    windows = PlayedWindows(owner=owner)
    one = handing(windows)
    one.open()
    assert one.begin() == 1
    one.leave()


@pytest.mark.parametrize("owner", ["", "SYSTEM", "ada.l"])
def test_another_owner_is_refused(owner: str) -> None:
    one = handing(PlayedWindows(owner=owner))
    one.open()
    with pytest.raises(Forbidden):
        one.begin()
    one.leave()


def test_leaving_what_was_never_begun_calls_nothing() -> None:
    windows = PlayedWindows()
    handing(windows).leave()
    assert windows.called == []
