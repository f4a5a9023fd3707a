"""A queue that is for some takes nothing from others, whatever way it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.agent.spool.job import JobTicket
from presswork.core.errors import Forbidden
from presswork.testing.intake import HOLD, ME, STATE, running_intake
from presswork.testing.spooling import pieces


async def test_the_refusal_says_what_to_do_and_the_newest_list_counts(tmp_path: Path) -> None:
    async with running_intake(tmp_path) as running:
        for accounts, may in ((("somebody-else",), False), ((ME,), True), (None, True), ((), False)):
            queue = HOLD.model_copy(update={"accounts": accounts})
            await running.desired.put(STATE.model_copy(update={"queues": (queue,), "revision": str(accounts)}))
            assert running.desired.may_print(queue, ME) is may
            assert (queue in running.desired.queues_of(ME)) is may
            submit = running.intake.submit(
                HOLD, ME, pieces(b"%PDF-1.4"), name="x", ticket=JobTicket(), document_format="application/pdf"
            )
            if may:
                assert (await submit).account == ME
            else:
                with pytest.raises(Forbidden, match="You may not print to secure"):
                    await submit
