"""Who the agent says it is."""

from __future__ import annotations

import socket

from presswork import __version__
from presswork.agent.link.hello import hello


def test_it_says_version_computer_and_system() -> None:
    said = hello()
    assert said.version == __version__
    assert said.computer_name == socket.gethostname()
    assert said.platform
