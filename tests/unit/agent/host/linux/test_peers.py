from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator

import pytest

from presswork.agent.host.host import Peer, SocketAddress
from presswork.agent.host.linux.peers import LinuxPeers
from presswork.core.errors import NotSignedIn

_CONNECT = """
import socket, sys
family, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
connection = socket.socket(family, socket.SOCK_STREAM)
connection.connect((host, port))
print(connection.getsockname()[1], flush=True)
for line in sys.stdin:
    match line.strip():
        case "shut":
            connection.shutdown(socket.SHUT_WR)
        case "close":
            connection.close()
    print("done", flush=True)
"""


@contextlib.contextmanager
def listening(family: socket.AddressFamily = socket.AF_INET, host: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, 0))
        listener.listen()
        listener.setblocking(False)
        yield listener


class Child:
    """A program under another user id, connected to us."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def do(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word.encode() + b"\n")
        assert (await self.process.stdout.readline()).strip() == b"done"


@contextlib.asynccontextmanager
async def child(uid: int, family: socket.AddressFamily, host: str, port: int) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-S",
        "-c",
        _CONNECT,
        str(int(family)),
        host,
        str(port),
        cwd="/",
        stdin=PIPE,
        stdout=PIPE,
        user=uid,
        group=uid,
        extra_groups=[],
    )
    try:
        assert process.stdout is not None
        assert (await process.stdout.readline()).strip().isdigit()
        yield Child(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def accept(listener: socket.socket) -> tuple[socket.socket, SocketAddress, SocketAddress]:
    connection, _ = await asyncio.get_running_loop().sock_accept(listener)
    return connection, connection.getsockname(), connection.getpeername()


def uid_without_account() -> int:
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    return next(uid for uid in range(47110, 60000) if uid not in taken)


async def until_refused(peer: Peer, local: SocketAddress, remote: SocketAddress) -> None:
    """Fails by the test's deadline when the peer is never refused."""
    while True:
        try:
            LinuxPeers().confirm(peer, local, remote)
        except NotSignedIn:
            return
        await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("listen_family", "listen", "family", "connect"),
    [
        (socket.AF_INET, "127.0.0.1", socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET, "127.0.0.1", socket.AF_INET6, "::ffff:127.0.0.1"),
        (socket.AF_INET6, "::1", socket.AF_INET6, "::1"),
        (socket.AF_INET6, "::", socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET6, "::", socket.AF_INET6, "::ffff:127.0.0.1"),
    ],
    ids=["IPv4", "IPv6 socket to IPv4", "IPv6", "IPv4 to a dual socket", "mapped both"],
)
async def test_the_account_is_the_one_that_connects(
    listen_family: socket.AddressFamily, listen: str, family: socket.AddressFamily, connect: str
) -> None:
    daemon = pwd.getpwnam("daemon")
    with listening(listen_family, listen) as listener:
        async with child(daemon.pw_uid, family, connect, listener.getsockname()[1]):
            connection, local, remote = await accept(listener)
            with connection:
                peer = await LinuxPeers().peer_of(local, remote)
                LinuxPeers().confirm(peer, local, remote)
    assert (peer.uid, peer.account) == (daemon.pw_uid, "daemon")
    assert peer.uid != os.geteuid()


async def test_a_user_id_without_a_name_is_refused() -> None:
    with listening() as listener:
        async with child(uid_without_account(), socket.AF_INET, "127.0.0.1", listener.getsockname()[1]):
            connection, local, remote = await accept(listener)
            with connection, pytest.raises(NotSignedIn, match="no account"):
                await LinuxPeers().peer_of(local, remote)


@pytest.mark.parametrize("how", ["close", "shut"])
async def test_a_peer_that_closed_is_nobody_not_root(how: str) -> None:
    with listening() as listener:
        async with child(
            pwd.getpwnam("daemon").pw_uid, socket.AF_INET, "127.0.0.1", listener.getsockname()[1]
        ) as other:
            connection, local, remote = await accept(listener)
            with connection:
                peer = await LinuxPeers().peer_of(local, remote)
                await other.do(how)
                await until_refused(peer, local, remote)
                with pytest.raises(NotSignedIn):
                    await LinuxPeers().peer_of(local, remote)


async def test_a_peer_that_died_is_nobody() -> None:
    with listening() as listener:
        async with child(
            pwd.getpwnam("daemon").pw_uid, socket.AF_INET, "127.0.0.1", listener.getsockname()[1]
        ) as other:
            connection, local, remote = await accept(listener)
            with connection:
                peer = await LinuxPeers().peer_of(local, remote)
                other.process.kill()
                await other.process.wait()
                await until_refused(peer, local, remote)


async def test_another_socket_on_the_same_ports_is_another_peer() -> None:
    with listening() as listener, socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.77", 0))  # where nobody else takes the port in between
        first.connect(listener.getsockname())
        connection, local, remote = await accept(listener)
        peer = await LinuxPeers().peer_of(local, remote)
        first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close resets: no TIME_WAIT
        first.close()
        connection.close()
        second.bind(remote)
        second.connect(listener.getsockname())
        again, local_again, remote_again = await accept(listener)
        with again:
            assert (local_again, remote_again) == (local, remote)
            with pytest.raises(NotSignedIn, match="Another program"):
                LinuxPeers().confirm(peer, local, remote)


async def test_a_listening_socket_is_not_taken_for_a_peer() -> None:
    with listening() as listener, listening() as other, pytest.raises(NotSignedIn):
        await LinuxPeers().peer_of(listener.getsockname(), other.getsockname())


async def test_an_address_of_another_computer_is_refused() -> None:
    with listening() as listener, pytest.raises(NotSignedIn):
        await LinuxPeers().peer_of(listener.getsockname(), ("192.0.2.1", 40000))
