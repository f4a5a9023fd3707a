"""Agents: what `protocols/control/agent.py` says, over HTTP and WebSocket."""

from presswork.server.fronts.control.app import ControlFront

__all__ = ["ControlFront"]
