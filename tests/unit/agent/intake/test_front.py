from __future__ import annotations

import pytest

from presswork.agent.intake.front import is_local


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:21339", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:21339", "LOCALHOST:80"]
)
def test_names_of_this_computer(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.org",
        "localhost.example.org",
        "localhost.",
        "127.0.0.2",
        "127.1",
        "::1",
        "[::2]",
        "[::1",
        "localhost:port",
        "localhost:99999",
        "user@localhost",
        "localhost/..",
        "localhost#x",
        "localhost?x",
        "localhost, example.org",
        "example.org:localhost",
    ],
)
def test_other_names_and_none(host: str) -> None:
    assert not is_local(host)
