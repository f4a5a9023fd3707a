"""Who the agent says it is."""

from __future__ import annotations

import asyncio
import socket

import pytest
from pydantic import ValidationError

from presswork import __version__
from presswork.agent.link.hello import Introduction, hello
from presswork.protocols.control.agent import RELAYS


def test_it_says_version_computer_and_system() -> None:
    said = hello()
    assert said.version == __version__
    assert said.computer_name == socket.gethostname()
    assert said.platform


async def test_what_runs_for_others_is_said_from_then_on_and_is_news_once() -> None:
    introduction = Introduction(hello())
    introduction.put(relay_port=21335, host_queues=("laser",))
    async with asyncio.timeout(10):
        await introduction.changed()
    assert (introduction.said.relay_port, introduction.said.host_queues) == (21335, ("laser",))
    introduction.put(relay_port=21335)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await introduction.changed()
    introduction.put(relay_port=None)
    assert introduction.said.relay_port is None
    assert RELAYS in introduction.said.capabilities


def test_what_no_hello_can_say_is_a_mistake() -> None:
    with pytest.raises(ValidationError):
        Introduction(hello()).put(relay_port=0)
