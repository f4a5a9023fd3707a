"""The Host of a Linux computer."""

from __future__ import annotations

from presswork.agent.host.host import Host
from presswork.agent.host.linux.host_queues import CupsHostQueues
from presswork.agent.host.linux.peers import LinuxPeers
from presswork.agent.host.linux.place import LinuxPlace
from presswork.agent.host.linux.spooler import CupsSpooler
from presswork.core.settings import AgentSettings


def linux_host(settings: AgentSettings, local_web_port: int) -> Host:
    """``local_web_port`` is the port that is really listened on, where the settings let the system choose."""
    spooler = CupsSpooler(settings.cups_socket, settings.cups_files_conf, local_web_port)
    return Host(LinuxPeers(), spooler, LinuxPlace(), CupsHostQueues(settings.cups_socket, local_web_port))
