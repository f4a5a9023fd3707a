"""The small organisation is what its pages are tested with."""

from __future__ import annotations

from pathlib import Path

from presswork.server import jobs
from presswork.testing.organisation import furnish, server_context


async def test_documents_belong_to_their_owners(tmp_path: Path) -> None:
    async with server_context(tmp_path) as context:
        here = await furnish(context)
        job_id = await here.document("Report.pdf", owner="carla", pages=7)
        async with context.database.reading() as session:
            detail = await jobs.get_job(session, here.people["carla"].principal, job_id)
            others = await jobs.list_own_jobs(session, here.people["bob"].principal)
        assert (detail.job.name, detail.job.pages, detail.job.can_release) == ("Report.pdf", 7, True)
        assert [entry.event for entry in detail.timeline] == ["received", "held"]
        assert others.jobs == ()
