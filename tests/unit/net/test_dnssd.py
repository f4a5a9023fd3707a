"""DNS-SD: what is announced on loopback is heard. Real peers: ``interop/test_dnssd.py``."""

from __future__ import annotations

import asyncio
import socket
from uuid import uuid4

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from presswork.net.dnssd import browsing

LOOPBACK = "127.0.0.1"


async def test_what_is_announced_is_heard_with_its_words() -> None:
    kind, name = "_presswork-test._tcp", f"Hall {uuid4().hex[:8]}"
    properties = {"RP": "ipp/print", "bad": b"\xff"}
    announcer = AsyncZeroconf(interfaces=[LOOPBACK], ip_version=IPVersion.V4Only)
    info = AsyncServiceInfo(
        f"{kind}.local.",
        f"{name}.{kind}.local.",
        addresses=[socket.inet_aton("192.0.2.7")],
        port=4000,
        properties=properties,
    )
    try:
        await announcer.async_register_service(info, cooperating_responders=True)
        async with asyncio.timeout(30), browsing([kind], [LOOPBACK]) as services:
            async for service in services:
                if service.name == name:
                    break
    finally:
        await announcer.async_close()
    assert (service.type, service.addresses, service.port) == (kind, ("192.0.2.7",), 4000)
    assert service.txt["rp"] == "ipp/print"
