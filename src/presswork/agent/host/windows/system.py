"""HostQueues with the libraries of Windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from presswork.agent.host.windows.host_queues import WindowsHostQueues
from presswork.agent.host.windows.logon import Accounts
from presswork.agent.host.windows.winspool import Winspool


def windows_host_queues(
    local_web_port: int, load: Callable[[str], Any], last_error: Callable[[], int]
) -> WindowsHostQueues:
    """``load``: ``ctypes.WinDLL`` that keeps the last error of each thread; ``last_error``: what gives it."""
    accounts = Accounts(load("advapi32"), load("kernel32"), load("secur32"), last_error)
    return WindowsHostQueues(Winspool(load("winspool.drv"), last_error), accounts, local_web_port)
