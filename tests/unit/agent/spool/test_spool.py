from __future__ import annotations

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Phase
from presswork.testing.spooling import document_of, held_job


async def test_a_document_comes_out_as_it_went_in(spool: Spool) -> None:
    document = bytes(range(256)) * 5000
    job = await held_job(spool, document)
    assert await document_of(spool, job.id) == document
    assert (job.phase, job.size, job.document_kept) == (Phase.HELD, len(document), True)
    ended = await spool.change(job.id, Change(phase=Phase.ENDED))
    assert not ended.document_kept
