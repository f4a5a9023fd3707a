from __future__ import annotations

from uuid import UUID

import pytest

from presswork.agent.host.host import SpoolerJob, SpoolerJobState
from presswork.agent.host.linux.jobs import jobs_of
from presswork.protocols.ipp.message import VERSION_2_0, Attribute, Group, Message
from presswork.protocols.ipp.values import Enum, Keyword, Name, Tag, Uri

UUID_OF_JOB = UUID("3a762261-2dfb-3808-6449-a1c7ca1da6f3")
JOB = {
    "job-id": Attribute.of("job-id", 7),
    "job-uuid": Attribute.of("job-uuid", Uri(f"urn:uuid:{UUID_OF_JOB}")),
    "job-name": Attribute.of("job-name", Name("A letter")),
    "job-printer-uri": Attribute.of("job-printer-uri", Uri("ipp://localhost/printers/bureau")),
    "job-originating-user-name": Attribute.of("job-originating-user-name", Name("ada")),
    "job-state": Attribute.of("job-state", Enum(9)),
    "number-of-documents": Attribute.of("number-of-documents", 1),
    "job-preserved": Attribute.of("job-preserved", True),
}


def answer(*jobs: dict[str, Attribute]) -> Message:
    return Message(VERSION_2_0, 0, 1, tuple(Group(Tag.JOB, tuple(job.values())) for job in jobs))


def test_a_job() -> None:
    assert list(jobs_of(answer(JOB))) == [
        SpoolerJob("bureau", 7, UUID_OF_JOB, "ada", SpoolerJobState.COMPLETED, 1, document_kept=True, name="A letter")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        Attribute.of("job-id", 0),
        Attribute.of("job-uuid", Uri("urn:uuid:none")),
        Attribute.of("job-printer-uri", Uri("")),
        Attribute.of("job-originating-user-name", Name("a\nb")),
        Attribute.of("job-state", Enum(12)),
    ],
    ids=lambda attribute: attribute.name,
)
def test_what_is_no_job_is_left_out_and_the_others_stay(wrong: Attribute) -> None:
    assert len(list(jobs_of(answer(JOB | {wrong.name: wrong}, JOB)))) == 1


def test_a_name_that_cupsd_does_not_tell_is_empty() -> None:
    (job,) = jobs_of(answer({name: value for name, value in JOB.items() if name != "job-originating-user-name"}))
    assert job.account == ""


@pytest.mark.parametrize(
    ("state", "reason", "hold_until", "documents", "forgotten"),
    [
        (4, "none", "no-hold", 1, True),
        (4, "job-incoming", "no-hold", 1, False),
        (4, "none", "no-hold", 0, False),
        (4, "job-hold-until-specified", "indefinite", 1, False),
        (4, "none", "auth-info-required", 1, False),
        (3, "none", "no-hold", 1, False),
    ],
)
def test_a_job_that_waits_though_nobody_holds_it_is_forgotten(
    state: int, reason: str, hold_until: str, documents: int, forgotten: bool
) -> None:
    said = {
        "job-state": Attribute.of("job-state", Enum(state)),
        "job-state-reasons": Attribute.of("job-state-reasons", Keyword(reason)),
        "job-hold-until": Attribute.of("job-hold-until", Keyword(hold_until)),
        "number-of-documents": Attribute.of("number-of-documents", documents),
    }
    (job,) = jobs_of(answer(JOB | said))
    assert job.forgotten is forgotten
