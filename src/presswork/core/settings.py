"""Settings of the parts, read from ``PRESSWORK_…`` environment variables.

No setting names code, a command or a switch that turns a check off. Ports are defaults of one object, ``Ports``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from presswork.core.errors import Invalid

Port = int


class Ports(BaseModel):
    """Where each part listens. 0 lets the operating system choose (tests)."""

    server: Port = Field(8443, ge=0, le=65535)
    relay: Port = Field(21335, ge=0, le=65535)
    redirector: Port = Field(21336, ge=0, le=65535)
    discovery: Port = Field(21337, ge=0, le=65535)
    client_control: Port = Field(21338, ge=0, le=65535)
    local_web: Port = Field(21339, ge=0, le=65535)
    inward_ipp: Port = Field(8631, ge=0, le=65535)
    """Legacy systems, by IPP; 631 is cupsd's own on a print server."""
    inward_lpd: Port = Field(515, ge=0, le=65535)
    """Likewise, by LPR; below 1024 only with ``CAP_NET_BIND_SERVICE``."""


class _Settings(BaseSettings):
    """``Invalid`` for a value that cannot be right; it names the variable."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as wrong:
            raise Invalid(_sentence(wrong, self.model_config.get("env_prefix", ""))) from None


class ServerSettings(_Settings):
    """The server: ``PRESSWORK_SERVER_DIRECTORY``, ``PRESSWORK_SERVER_PORTS__SERVER``, ….

    ``tls="own"`` uses a certificate of the installation's own CA; ``"file"`` uses ``certificate`` and ``private_key``;
    ``"proxy"`` speaks plain HTTP, for a loopback address only: a proxy on the same machine, or the demo.
    """

    model_config = SettingsConfigDict(env_prefix="PRESSWORK_SERVER_", env_nested_delimiter="__")

    directory: Path = Path("/var/lib/presswork/server")
    """Data directory (database, CA); mode 0700."""
    key_file: Path | None = None
    """The key that encrypts the CA key and other secrets at rest; outside ``directory`` in production. Default: ``directory/../server.key``."""
    address: str = "127.0.0.1"
    ports: Ports = Ports()
    public_url: str | None = None
    """The origin people and agents use, such as ``https://print.example.org``. Default: from address and port."""
    tls: Literal["own", "file", "proxy"] = "own"
    certificate: Path | None = None
    private_key: Path | None = None
    database_url: str | None = None
    """SQLAlchemy URL; default: SQLite in ``directory``."""


class AgentSettings(_Settings):
    """The agent: ``PRESSWORK_AGENT_DIRECTORY``, ``PRESSWORK_AGENT_PORTS__LOCAL_WEB``, …."""

    model_config = SettingsConfigDict(env_prefix="PRESSWORK_AGENT_", env_nested_delimiter="__")

    directory: Path = Path("/var/lib/presswork/agent")
    """Data directory (spool, keys); mode 0700, but for ``directory/public`` (0755: what local clients may read)."""
    ports: Ports = Ports()
    cups_socket: Path = Path("/run/cups/cups.sock")
    """cupsd's domain socket."""
    cups_files_conf: Path = Path("/etc/cups/cups-files.conf")
    """Where cupsd's ``User`` stands."""
    document_limit: int = Field(2 * 1024**3, gt=0)
    """Largest document accepted, in bytes."""


def _sentence(wrong: ValidationError, prefix: str) -> str:
    first = wrong.errors()[0]
    variable = prefix + "__".join(str(part) for part in first["loc"]).upper()
    what = first["msg"].partition(", unable")[0].replace("Input should", "it should")
    return f"The setting {variable} is not right: {what}. Change it and try again."
