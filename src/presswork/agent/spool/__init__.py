"""The jobs of this computer and their sealed documents: one SQLite writer thread, large documents in files.

    spool.py        Spool: the async face
    opening.py      open_spool: directory, lock, key, tables, recovery
    job.py          a job and its phases
    transition.py   what a Change makes of a job: pure
    schema.py       tables, migrations, connections
    writer.py       the one thread that writes: group commit
    readers.py      the threads that read
    rows.py         job <-> row
    several.py      several documents in one job
    commands.py     what is written, one function a verb
    moves.py        jobs that go to another holder or come from one
    arriving.py     what came from another holder and is not ours yet
    facts.py        small facts, kept in memory
    queries.py      what is read
    sealed.py       documents as they lie here, for another computer
    documents.py    the files: created, sealed while they arrive, opened, removed
    recovery.py     what a start finds and puts right
    recent.py       jobs that changed last, in memory
    news.py         who wants to know that a job changed
    faults.py       disk and database errors as faults

What a method promises is durable before it returns: the row (``synchronous=FULL``), with a small document beside it; a
large document's file is synced before, then its directory. The document's key is wrapped by ``spool.key`` and stands in that row alone, so clearing
one field destroys the document, wherever copies of the file may be.
"""

from __future__ import annotations

from presswork.agent.spool.opening import open_spool
from presswork.agent.spool.spool import Spool

__all__ = ["Spool", "open_spool"]
