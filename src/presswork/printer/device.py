"""Device: what a Printer asks of the thing that prints, where operators may rule it over IPP (RFC 8011 §4.2.7, RFC 3998)."""

from __future__ import annotations

from typing import Final, Protocol

from presswork.printer.job import Job, Requester
from presswork.protocols.ipp.message import Attribute

MESSAGE: Final = "printer-message-from-operator"
"""What an operator has to say to everybody who prints (RFC 3380 §6.3)."""
TEXTS: Final = (
    "printer-info",
    "printer-location",
    "printer-organization",
    "printer-organizational-unit",
    MESSAGE,
)
"""Printer attributes that a device may let an operator set (RFC 3380 §4.1): each is a text."""


class Device(Protocol):
    """It SHALL check that the requester may do it: ``Forbidden`` otherwise; ``NotPossible`` in the wrong state."""

    @property
    def settable(self) -> tuple[str, ...]:
        """Those of ``TEXTS`` that an operator may set here."""
        ...

    async def pause(self, requester: Requester) -> None:
        """Stop printing; jobs are still taken."""
        ...

    async def resume(self, requester: Requester) -> None:
        """Print again."""
        ...

    async def enable(self, requester: Requester) -> None:
        """Take jobs again."""
        ...

    async def disable(self, requester: Requester) -> None:
        """Take no jobs."""
        ...

    async def purge_jobs(self, requester: Requester) -> None:
        """Forget every job, without a trace."""
        ...

    async def set_printer_attributes(self, requester: Requester, attributes: tuple[Attribute, ...]) -> None:
        """Some of ``settable``, each a text."""
        ...

    async def restart_job(self, job_id: int, requester: Requester) -> Job:
        """Print a job that is over once more, while its document is kept."""
        ...

    async def set_job_attributes(
        self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...], deleted: frozenset[str]
    ) -> Job:
        """Change the ticket of a job that is not being printed yet; the values are checked already."""
        ...
