"""When a person may do what with a job."""

from __future__ import annotations

import pytest

from presswork.server.jobs.schemas import releasable


@pytest.mark.parametrize(
    ("state", "reasons", "kept", "may"),
    [
        ("pending-held", ("job-hold-until-specified",), True, True),
        ("pending-held", ("job-incoming",), True, False),
        ("pending-held", (), False, False),
        ("pending", (), True, False),
        ("processing", (), True, False),
        ("processing-stopped", (), True, False),
        ("aborted", (), True, True),
        ("completed", (), True, True),
        ("completed", (), False, False),
        ("canceled", (), False, False),
    ],
)
def test_what_can_be_released(state: str, reasons: tuple[str, ...], kept: bool, may: bool) -> None:
    assert releasable(state, reasons, document_kept=kept) is may
