from __future__ import annotations

import os
import pwd
import socket

import pytest

from presswork.agent.host.linux.listening import account_that_listens

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_who_listens_is_known(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        assert account_that_listens(listener.getsockname()[1]) == ME


def test_who_only_has_a_connection_does_not_listen() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert account_that_listens(bound.getsockname()[1]) is None
