"""``presswork simulate printer`` as a program."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request

COMMAND = [sys.executable, "-m", "presswork", "simulate", "printer", "--port=0", "--raw-port=0", "--page-port=0"]


def test_it_says_where_it_listens_and_ends_cleanly() -> None:
    with subprocess.Popen([*COMMAND, "--name=East wing", "--tls"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(5)]
        assert lines[0] == ["East", "wing", "is", "ready."]
        assert [line[0] for line in lines[1:4]] == ["IPP", "RAW", "Page"]
        assert lines[1][1].startswith("ipps://127.0.0.1:")
        assert len(lines[4][-1]) == 64
        with urllib.request.urlopen(lines[3][1]) as page:  # noqa: S310 - it is our own
            assert b"East wing" in page.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*COMMAND[:5], f"--port={taken.getsockname()[1]}", "--raw-port=0", "--page-port=0"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 1
    assert "cannot listen" in ended.stderr
    assert "Traceback" not in ended.stderr
