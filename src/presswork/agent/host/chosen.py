"""What this computer's operating system is asked for. Linux has a whole ``Host``; Windows has the queues."""

from __future__ import annotations

import sys

from presswork.agent.host.queues import HostQueues
from presswork.core.settings import AgentSettings

if sys.platform == "win32":
    import ctypes
    from functools import partial

    from presswork.agent.host.windows.system import windows_host_queues

    def host_queues(settings: AgentSettings, local_web_port: int) -> HostQueues:
        """``local_web_port``: that of the queues that are ours, and so are none of these."""
        load = partial(ctypes.WinDLL, use_last_error=True)
        return windows_host_queues(local_web_port, load, ctypes.get_last_error)

else:
    from presswork.agent.host.host import Host
    from presswork.agent.host.linux.host_queues import CupsHostQueues
    from presswork.agent.host.linux.peers import LinuxPeers
    from presswork.agent.host.linux.place import LinuxPlace
    from presswork.agent.host.linux.spooler import CupsSpooler

    def host_queues(settings: AgentSettings, local_web_port: int) -> HostQueues:
        """``local_web_port``: that of the queues that are ours, and so are none of these."""
        return CupsHostQueues(settings.cups_socket, local_web_port)

    def this_host(settings: AgentSettings, local_web_port: int) -> Host:
        """``local_web_port`` is the port that is really listened on, where the settings let the system choose."""
        spooler = CupsSpooler(settings.cups_socket, settings.cups_files_conf, local_web_port)
        return Host(LinuxPeers(), spooler, LinuxPlace(), host_queues(settings, local_web_port))
