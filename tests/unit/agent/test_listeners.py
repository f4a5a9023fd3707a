"""Ports on the LAN."""

from __future__ import annotations

import socket

import pytest

from presswork.agent.listeners import PortTaken, open_on_lan


def test_it_listens_at_one_port_of_both_families() -> None:
    with open_on_lan(0) as listening:
        port = listening[0].getsockname()[1]
        assert [one.getsockname()[:2] for one in listening] == [("0.0.0.0", port), ("::", port)][: len(listening)]
        for address in ("127.0.0.1", "::1")[: len(listening)]:
            socket.create_connection((address, port), timeout=10).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_a_taken_port_is_said() -> None:
    with (
        open_on_lan(0) as listening,
        pytest.raises(PortTaken, match="Printing goes on"),
        open_on_lan(listening[0].getsockname()[1]),
    ):
        pass
