"""Who is at the other end of a TCP connection within this computer."""

from __future__ import annotations

from ipaddress import ip_address

from presswork.agent.host.host import Peer, SocketAddress
from presswork.agent.host.linux.accounts import account_name
from presswork.agent.host.linux.sock_diag import TCP_ESTABLISHED, Endpoint, TcpSocket, find_tcp_socket
from presswork.core.errors import NotSignedIn


class LinuxPeers:
    """See ``Peers``."""

    async def peer_of(self, sockname: SocketAddress, peername: SocketAddress) -> Peer:
        """See ``Peers.peer_of``."""
        found = _socket_of(sockname, peername)
        account = await account_name(found.uid)
        peer = Peer(found.uid, account, found.inode)
        self.confirm(peer, sockname, peername)
        return peer

    def confirm(self, peer: Peer, sockname: SocketAddress, peername: SocketAddress) -> None:
        """See ``Peers.confirm``."""
        found = _socket_of(sockname, peername)
        if (found.uid, found.inode) != (peer.uid, peer.socket):
            raise NotSignedIn("Another program took over this connection. Connect again.")


def _socket_of(sockname: SocketAddress, peername: SocketAddress) -> TcpSocket:
    """The peer's own socket: it is bound to our peer's name and connected to ours."""
    try:
        found = find_tcp_socket(_endpoint(peername), _endpoint(sockname))
    except OSError:
        raise NotSignedIn("The kernel does not say who connects (sock_diag). Ask your administrator.") from None
    if found is None or found.state != TCP_ESTABLISHED or found.inode == 0:
        raise NotSignedIn("The program at the other end of this connection cannot be known. Connect again.")
    return found


def _endpoint(name: SocketAddress) -> Endpoint:
    return Endpoint.of(ip_address(name[0].partition("%")[0]), name[1])
