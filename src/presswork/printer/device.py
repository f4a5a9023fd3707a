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

    async def pause_after_current_job(self, requester: Requester) -> None:
        """Stop printing when what is being printed is printed."""
        ...

    async def hold_new_jobs(self, requester: Requester) -> None:
        """Hold every job that comes from now on; those that are here are printed."""
        ...

    async def release_held_new_jobs(self, requester: Requester) -> None:
        """Hold no more, and release those that were held for this reason alone."""
        ...

    async def restart(self, requester: Requester) -> None:
        """As after power-on: nothing is paused, shut down or held any more, jobs are taken. No job is lost."""
        ...

    async def shutdown(self, requester: Requester) -> None:
        """Print nothing, take nothing and answer nothing until it is started up; no job is lost."""
        ...

    async def startup(self, requester: Requester) -> None:
        """The end of a shutdown, as after power-on. ``NotPossible`` where it is not shut down."""
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

    async def cancel_jobs(self, requester: Requester, job_ids: tuple[int, ...]) -> tuple[int, ...]:
        """Cancel these jobs of whoever, or all; none where some are not here or over: their ids are returned."""
        ...

    async def cancel_current_job(self, requester: Requester, job_id: int | None) -> None:
        """Cancel what is being printed. ``NotPossible`` where nothing is, or where it is not ``job_id``."""
        ...

    async def suspend_current_job(self, requester: Requester, job_id: int | None) -> None:
        """Set aside what is being printed, so that others go on. ``NotPossible`` as for ``cancel_current_job``."""
        ...

    async def resume_job(self, job_id: int, requester: Requester) -> None:
        """Let a suspended job go on."""
        ...

    async def schedule_job(self, job_id: int, requester: Requester, predecessor: int | None) -> None:
        """Print a pending job right after another one; None: right after the current one."""
        ...

    async def copy_job(self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...]) -> Job:
        """A new job with the documents of one that is over, and its ticket but for ``attributes``, which go before.

        A proof becomes the whole. ``NotPossible`` where it is not over, or its documents are no longer kept.
        """
        ...

    async def restart_job(self, job_id: int, requester: Requester) -> Job:
        """Print a job that is over once more, while its document is kept."""
        ...

    async def set_job_attributes(
        self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...], deleted: frozenset[str]
    ) -> Job:
        """Change the ticket of a job that is not being printed yet; the values are checked already."""
        ...
