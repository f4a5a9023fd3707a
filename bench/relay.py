"""1 GB through a relay to a RAW printer: its processor time a GB, and how fast. Peers: nginx stream, stunnel, socat.

Ours checks a ticket, authenticates each chunk and follows the printer; the peers only end TLS. What counts is processor time
of the one in the middle; the rates stand beside it, for holder and printer share the processors with it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from relaying import PIECE, Office, Program, office, program, run
from rounds import Comparison, plain, quietly, spread
from sink import Sink, sink

from presswork.net.certificate import local_certificate
from presswork.testing.agent import free_port

SIZE = 1_000_000_000
ROUNDS = 7


async def compare() -> None:
    """Run and print the comparison."""
    result = Comparison("relay", "CPU s/GB", smaller_is_better=True)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        async with sink() as printer, office(directory) as ours:
            rates: dict[str, list[float]] = {}
            costs: dict[str, list[float]] = {}
            for number in range(ROUNDS + 1):
                cost, rate = await quietly_both(lambda: _ours(ours, printer))
                if number:
                    costs.setdefault("ours", []).append(cost)
                    rates.setdefault("ours", []).append(rate)
                for peer in ("nginx", "stunnel", "socat"):
                    cost, rate = await quietly_both(lambda peer=peer: _peers(peer, directory, printer))
                    if number:
                        costs.setdefault(peer, []).append(cost)
                        rates.setdefault(peer, []).append(rate)
    for who, spent in costs.items():
        print(spread(f"{who}, processor time of the one in the middle", spent, "s/GB"))
        print(spread(f"{who}, rate", rates[who], "MB/s"))
    print(f"# for the ratio: nginx {plain(median(costs['nginx']))} s/GB")
    result.ours, result.peers = costs["ours"], costs["nginx"]
    result.print()


async def quietly_both(side: object) -> tuple[float, float]:
    """As ``rounds.quietly``, for two numbers."""
    return await quietly(side)  # type: ignore[arg-type, return-value]


async def _ours(office: Office, printer: Sink) -> tuple[float, float]:
    job = await office.job(SIZE)
    await printer.forget()
    before, began = office.relay.cpu(), time.monotonic()
    await office.send(job, printer.uris[0])
    seen = await printer.octets(SIZE)
    seen.check(SIZE, 1)
    cost = (office.relay.cpu() - before) / (SIZE / 1e9)
    await office.holder.spool.destroy(job.id)
    return cost, SIZE / (seen.last - began) / 1e6


async def _peers(peer: str, directory: Path, printer: Sink) -> tuple[float, float]:
    await asyncio.to_thread(_write_certificate, directory)
    port = free_port()
    await printer.forget()
    async with _peer(peer, directory, port, printer.ports[0]) as middle:
        before, began = middle.cpu(), time.monotonic()
        await asyncio.to_thread(_push, port, SIZE)
        seen = await printer.octets(SIZE)
        cost = (middle.cpu() - before) / (SIZE / 1e9)
    if seen.octets != SIZE:
        raise RuntimeError(f"{peer} passed {seen.octets} octets of {SIZE}")
    return cost, SIZE / (seen.last - began) / 1e6


def _write_certificate(directory: Path) -> None:
    certificate, key = directory / "peer.crt", directory / "peer.key"
    if not certificate.exists():
        octets = local_certificate(datetime.now(UTC), timedelta(days=2))
        certificate.write_bytes(octets[0])
        key.write_bytes(octets[1])
        (directory / "peer.pem").write_bytes(octets[1] + octets[0])


@asynccontextmanager
async def _peer(peer: str, directory: Path, port: int, target: int) -> AsyncIterator[Program]:
    certificate, key = directory / "peer.crt", directory / "peer.key"
    configuration = directory / f"{peer}.conf"
    if peer == "nginx":
        configuration.write_text(
            f"daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log /dev/null;\n"
            "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n"
            "events {}\n"
            f"stream {{ server {{ listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.3; proxy_buffer_size 256k;\n"
            f"ssl_certificate {certificate}; ssl_certificate_key {key}; proxy_pass 127.0.0.1:{target}; }} }}\n"
        )
        command = ["/usr/sbin/nginx", "-p", str(directory), "-c", str(configuration)]
    elif peer == "stunnel":
        configuration.write_text(
            "foreground = quiet\npid =\ndebug = 3\nsyslog = no\nsslVersionMin = TLSv1.3\n"
            f"[relay]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{target}\ncert = {certificate}\nkey = {key}\n"
        )
        command = ["/usr/bin/stunnel4", str(configuration)]
    else:
        listen = f"OPENSSL-LISTEN:{port},reuseaddr,fork,bind=127.0.0.1,cert={directory}/peer.pem,verify=0"
        command = ["/usr/bin/socat", "-b", "262144", listen, f"TCP:127.0.0.1:{target}"]
    async with program(*command) as middle:
        await asyncio.to_thread(_until_it_listens, port)
        yield middle


def _until_it_listens(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _push(port: int, size: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port))) as connection:
        left = size
        while left:
            connection.sendall(PIECE[:left])
            left -= min(left, len(PIECE))
        connection.settimeout(2)
        try:
            connection.unwrap()
        except OSError:
            return


if __name__ == "__main__":
    sys.exit(run(compare()))
