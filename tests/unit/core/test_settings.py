"""Settings come from the environment, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.core.errors import Invalid
from presswork.core.settings import AgentSettings, Ports, ServerSettings


def test_the_default_ports_are_the_published_ones() -> None:
    ports = Ports()
    assert (ports.server, ports.relay, ports.redirector) == (8443, 21335, 21336)
    assert (ports.discovery, ports.client_control, ports.local_web) == (21337, 21338, 21339)


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSWORK_SERVER_DIRECTORY", "/srv/print")
    monkeypatch.setenv("PRESSWORK_SERVER_PORTS__SERVER", "443")
    monkeypatch.setenv("PRESSWORK_SERVER_TLS", "proxy")
    settings = ServerSettings()
    assert settings.directory == Path("/srv/print")
    assert settings.ports.server == 443
    assert settings.ports.local_web == 21339
    assert settings.tls == "proxy"


def test_server_and_agent_do_not_read_each_others_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSWORK_AGENT_PORTS__LOCAL_WEB", "0")
    assert AgentSettings().ports.local_web == 0
    assert ServerSettings().ports.local_web == 21339


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRESSWORK_SERVER_TLS", "none"),
        ("PRESSWORK_SERVER_PORTS__SERVER", "65536"),
        ("PRESSWORK_SERVER_PORTS__SERVER", "-1"),
        ("PRESSWORK_SERVER_PORTS__SERVER", "http"),
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Invalid, match=f"The setting {name} is not right: it should be "):
        ServerSettings()


def test_no_limit_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSWORK_AGENT_DOCUMENT_LIMIT", "0")
    with pytest.raises(Invalid):
        AgentSettings()
