"""What is still to be told of printers: the newest, with nothing lost, and no more than fits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from presswork.agent.link.printers import OCTETS_AT_ONCE, PrinterNews
from presswork.protocols.control.device import Supply
from presswork.protocols.control.words import PrinterReport

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KITCHEN = UUID(int=1)


def report(printer_id: UUID = KITCHEN, **facts: object) -> PrinterReport:
    return PrinterReport.model_validate({"printer_id": printer_id, "seen_at": NOW, "reachable": True, **facts})


async def woken(news: PrinterNews) -> bool:
    try:
        async with asyncio.timeout(0):
            await news.wait()
    except TimeoutError:
        return False
    return True


def test_a_later_report_leaves_what_it_does_not_say():
    news = PrinterNews()
    full = report(
        state="idle",
        make_and_model="X1",
        document_formats=("application/pdf",),
        supplies=(Supply(name="Black", level=5),),
        impressions=0,
        answers_to=("ipp",),
    )
    news.learned(full)
    news.learned(report(state="processing"))
    assert news.untold() == (full.model_copy(update={"state": "processing"}),)
    news.learned(report(supplies=(), impressions=7, answers_to=()))
    (told,) = news.untold()
    assert (told.supplies, told.impressions, told.answers_to, told.make_and_model) == ((), 7, (), "X1")


def test_what_was_told_is_told_once_and_later_news_stay():
    news = PrinterNews()
    news.learned(report(state="idle"))
    told = news.untold()
    news.learned(report(state="stopped"))
    news.told(told)
    assert [one.state for one in news.untold()] == ["stopped"]
    news.told(news.untold())
    assert news.untold() == ()


async def test_a_sign_of_life_is_worth_no_sync_of_its_own():
    news = PrinterNews()
    news.learned(report(), soon=False)
    assert not await woken(news)
    news.learned(report(), soon=True)
    assert await woken(news)


async def test_a_thousand_printers_fit_in_a_few_messages():
    news = PrinterNews()
    supplies = tuple(Supply(name=f"Toner {n}" + "x" * 60, level=n) for n in range(8))
    for number in range(1000):
        news.learned(report(UUID(int=number), supplies=supplies, document_formats=("application/pdf",) * 10))
    await news.wait()
    seen: set[UUID] = set()
    for _ in range(10):
        told = news.untold()
        assert sum(len(one.model_dump_json()) for one in told) <= OCTETS_AT_ONCE
        seen |= {one.printer_id for one in told}
        news.told(told)
        if not news.untold():
            break
        assert await woken(news), "what is left is told at once"
    assert len(seen) == 1000
    assert not await woken(news)


def test_one_report_is_told_however_long_it_is():
    news = PrinterNews()
    news.learned(report(document_formats=("x" * 255,) * 3000))
    assert len(news.untold()) == 1


@pytest.mark.parametrize("reachable", [True, False])
def test_the_newest_state_counts(reachable: bool):
    news = PrinterNews()
    news.learned(report(certificate_sha256="ab" * 32))
    news.learned(PrinterReport(printer_id=KITCHEN, seen_at=NOW, reachable=reachable))
    (told,) = news.untold()
    assert (told.reachable, told.state, told.certificate_sha256) == (reachable, "unknown", "ab" * 32)
