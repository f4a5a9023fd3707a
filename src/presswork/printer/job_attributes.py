"""A job as attributes (RFC 8011 §5.3): only those asked for are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from presswork.printer.job import Job
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Enum, Keyword, Name, OutOfBand, Text, Uri, Value

_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)


def up_time(now: datetime) -> int:
    """``printer-up-time`` in seconds, 1 or more.

    It goes on through restarts, as RFC 8011 §5.4.29 allows, so that the times of jobs that lived through one stay
    true: it counts from one fixed moment.
    """
    return max(1, int((now - _EPOCH).total_seconds()))


@dataclass(frozen=True, slots=True)
class View:
    """From where a job is looked at."""

    printer_uri: str
    up_time: int

    def job_uri(self, job: Job) -> str:
        """``job-uri``."""
        return f"{self.printer_uri}/{job.job_id}"


Make = Callable[[Job, View], Value]


def _moment(moment: datetime | None) -> Value:
    return OutOfBand.NO_VALUE if moment is None else up_time(moment)


def _date(moment: datetime | None) -> Value:
    return OutOfBand.NO_VALUE if moment is None else moment


_SINGLE: Final[dict[str, Make]] = {
    "job-uri": lambda job, view: Uri(view.job_uri(job)),
    "job-id": lambda job, _: job.job_id,
    "job-uuid": lambda job, _: Uri(job.job_uuid.urn),
    "job-printer-uri": lambda _, view: Uri(view.printer_uri),
    "job-name": lambda job, _: Name(job.job_name),
    "job-originating-user-name": lambda job, _: Name(job.job_originating_user_name),
    "job-state": lambda job, _: Enum(job.job_state),
    "job-state-message": lambda job, _: Text(job.job_state_message),
    "time-at-creation": lambda job, _: _moment(job.time_at_creation),
    "time-at-processing": lambda job, _: _moment(job.time_at_processing),
    "time-at-completed": lambda job, _: _moment(job.time_at_completed),
    "job-printer-up-time": lambda _, view: view.up_time,
    "date-time-at-creation": lambda job, _: _date(job.time_at_creation),
    "date-time-at-processing": lambda job, _: _date(job.time_at_processing),
    "date-time-at-completed": lambda job, _: _date(job.time_at_completed),
    "number-of-documents": lambda job, _: job.number_of_documents,
    "job-k-octets": lambda job, _: job.job_k_octets,
    "job-impressions": lambda job, _: OutOfBand.NO_VALUE if job.job_impressions is None else job.job_impressions,
    "job-impressions-completed": lambda job, _: job.job_impressions_completed,
}
_REASONS: Final = "job-state-reasons"
DESCRIPTION_NAMES: Final = frozenset((*_SINGLE, _REASONS))
CREATED: Final = ("job-uri", "job-id", "job-state", _REASONS, "job-state-message", "job-uuid")
"""What a job creation answers (RFC 8011 §4.2.1.2)."""
LISTED: Final = ("job-uri", "job-id")
"""What Get-Jobs answers where nothing is asked for (RFC 8011 §4.2.6.1)."""


class Wanted:
    """Which attributes of a job are asked for, with group keywords (RFC 8011 §4.3.4.1)."""

    def __init__(self, requested: Iterable[str], template_names: Collection[str]) -> None:
        names = frozenset(requested)
        everything = "all" in names
        if everything or "job-description" in names:
            self.names: Sequence[str] = (*_SINGLE, _REASONS)
        else:
            self.names = tuple(name for name in (*_SINGLE, _REASONS) if name in names)
        whole_ticket = everything or "job-template" in names
        self._ticket = frozenset(template_names) if whole_ticket else names & frozenset(template_names)

    def of(self, job: Job, view: View) -> tuple[Attribute, ...]:
        """Those of one job."""
        attributes = []
        for name in self.names:
            if name == _REASONS:
                reasons = job.job_state_reasons or ("none",)
                attributes.append(Attribute(name, tuple(Keyword(reason) for reason in reasons)))
            elif name != "job-state-message" or job.job_state_message:
                attributes.append(Attribute.of(name, _SINGLE[name](job, view)))
        attributes += [attribute for attribute in job.attributes if attribute.name in self._ticket]
        return tuple(attributes)
