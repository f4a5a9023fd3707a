"""A RAW printer as a program that can be killed: each connection's octets are a file, named ``….whole`` when it was closed."""

from __future__ import annotations

import socketserver
import sys
import time
from pathlib import Path

FOLDER = Path(sys.argv[2])


class Taking(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        path = FOLDER / f"{time.time_ns()}.part"
        with path.open("wb", buffering=0) as file:
            while piece := self.request.recv(65_536):
                file.write(piece)
        path.rename(path.with_suffix(".whole"))


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with Sink(("127.0.0.1", int(sys.argv[1])), Taking) as sink:
        sink.serve_forever()
