from __future__ import annotations

import os
import socket
from ipaddress import ip_address

import pytest

from presswork.agent.host.linux.sock_diag import TCP_ESTABLISHED, Endpoint, find_tcp_socket


def endpoint(name: tuple[str, int]) -> Endpoint:
    return Endpoint.of(ip_address(name[0]), name[1])


def test_both_ends_of_a_connection_are_found_each_for_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as here:
        there, _ = listener.accept()
        with there:
            client = find_tcp_socket(endpoint(here.getsockname()), endpoint(here.getpeername()))
            server = find_tcp_socket(endpoint(there.getsockname()), endpoint(there.getpeername()))
            assert client is not None
            assert server is not None
            assert {client.state, server.state} == {TCP_ESTABLISHED}
            assert {client.uid, server.uid} == {os.geteuid()}
            assert client.inode == os.fstat(here.fileno()).st_ino
            assert server.inode == os.fstat(there.fileno()).st_ino


def test_a_listening_socket_is_no_match_for_a_connection_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert find_tcp_socket(endpoint(listener.getsockname()), Endpoint.of(ip_address("127.0.0.1"), 1)) is None
        assert find_tcp_socket(Endpoint.of(ip_address("127.0.0.1"), 1), endpoint(listener.getsockname())) is None


@pytest.mark.parametrize(
    ("text", "plain"), [("::ffff:127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1")]
)
def test_an_endpoint_is_held_in_its_plainest_form(text: str, plain: str) -> None:
    assert Endpoint.of(ip_address(text), 1) == Endpoint(ip_address(plain), 1)
