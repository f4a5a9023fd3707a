"""By which route a job goes: with a real spool, a real delivery and real printers; other computers are played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from presswork.agent import jobs
from presswork.agent.delivery.attempt import MOST_SAID
from presswork.agent.delivery.way import Delivered, End, Errand, News, NotNow, NotTaken, Tell, Watched
from presswork.agent.relay.wire import RelayBusy
from presswork.agent.spool.job import Job, Outcome, Phase
from presswork.core.errors import Distrusted, PrinterUnreachable, Unavailable
from presswork.net.relay_channel import ChannelBroken
from presswork.printer.job import JobState
from presswork.protocols.control.route import PeerSpec, RouteNotTaken, RouteReply
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.route import choice
from presswork.protocols.ticket import TicketRefused
from presswork.testing.carrying import PRINTED, Elsewhere, fails, prints
from presswork.testing.clock import StandingClock
from presswork.testing.delivering import QUICK, Delivering, delivering, printer_spec
from presswork.testing.raw_server import server_certificate
from presswork.testing.scripted_printer import ScriptedPrinter, scripted_printer
from presswork.testing.timing import eventually

SILENT = "ipp://127.0.0.1:1/ipp/print"
GONE = Unavailable("The computer does not answer.")


@pytest.fixture
def spec() -> PrinterSpec:
    return printer_spec(SILENT, "Flur")


@asynccontextmanager
async def agent_with(directory: Path, elsewhere: Elsewhere) -> AsyncIterator[Delivering]:
    async with delivering(directory, routes=elsewhere.routes) as agent:
        yield agent


async def sentences(agent: Delivering, job: Job) -> list[str]:
    """What is said since the release."""
    said = await agent.sentences(job)
    return said[said.index("Released to Flur.") + 1 :]


async def test_a_printer_that_answers_gets_the_job_straight_and_nobody_is_asked(tmp_path: Path) -> None:
    elsewhere = Elsewhere({"PC-7": prints})
    async with scripted_printer() as printer, agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(printer_spec(printer.uri(), "Flur")))
        assert job.outcome is Outcome.PRINTED
        assert JobEvent.ROUTE not in await agent.events(job)
    assert elsewhere.asked == []


async def test_one_that_does_not_is_reached_through_another_computer(tmp_path: Path, spec: PrinterSpec) -> None:
    elsewhere = Elsewhere({"PC-7": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        assert job.outcome is Outcome.PRINTED
        assert await sentences(agent, job) == [
            "Goes to Flur through PC-7, because Flur does not answer directly.",
            "Sending to Flur through PC-7.",
            "Flur has taken all of it.",
            "Printed on Flur.",
        ]
        second = await agent.ended(await agent.release(spec))
        assert (await sentences(agent, second))[0] == (
            "Goes to Flur through PC-7, because Flur did not answer directly a while ago."
        )
    assert elsewhere.asked == ["server", "PC-7"] * 2


@pytest.mark.parametrize(
    ("problem", "said", "later"),
    [
        (GONE, "nobody answers there now", "nobody answered there a while ago"),
        (RelayBusy("Full."), "it carries as much as it can", "it carries as much as it can"),
        (
            ChannelBroken("Cut."),
            "the connection broke before the printer had anything",
            "the connection broke there a while ago",
        ),
        (
            PrinterUnreachable("The printer does not answer."),
            "the printer does not answer there",
            "the printer did not answer there a while ago",
        ),
        (
            TicketRefused("Too old.", reason="expired"),
            "the job was not taken there",
            "another job was not taken there a while ago",
        ),
        (
            Distrusted("Who is that?", reason="foreign"),
            "it did not show the certificate it should",
            "it did not show the certificate it should a while ago",
        ),
    ],
)
async def test_the_next_one_is_tried_while_nothing_was_accepted(
    tmp_path: Path, spec: PrinterSpec, problem: Exception, said: str, later: str
) -> None:
    elsewhere = Elsewhere({"PC-7": fails(problem), "NAS": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        assert job.outcome is Outcome.PRINTED
        assert (await sentences(agent, job))[0] == (
            f"Goes to Flur through NAS, because Flur does not answer directly. Not through PC-7: {said}."
        )
        second = await agent.ended(await agent.release(spec))
        assert (await sentences(agent, second))[0].endswith(f". Not through PC-7: {later}.")
    assert elsewhere.asked == ["server", "PC-7", "NAS", "server", "NAS"], "who did not answer goes last"


async def test_after_the_mark_nobody_else_gets_it(tmp_path: Path, spec: PrinterSpec) -> None:
    async def dies(errand: Errand) -> Delivered:
        await errand.mark(None)
        raise GONE

    elsewhere = Elsewhere({"PC-7": dies, "NAS": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        assert job.outcome is Outcome.UNKNOWN
    assert elsewhere.asked == ["server", "PC-7"]


async def test_a_printer_with_another_certificate_is_not_gone_around(tmp_path: Path) -> None:
    context, _ = server_certificate(tmp_path)
    elsewhere = Elsewhere({"PC-7": prints})
    async with scripted_printer(tls=context) as printer, agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(printer_spec(printer.uri(), "Flur", certificate_sha256="0" * 64))
        await agent.event(job, JobEvent.CERTIFICATE_CHANGED)
    assert elsewhere.asked == [], "an attacker between must not choose the route"


async def test_nor_where_another_computer_sees_it(tmp_path: Path, spec: PrinterSpec) -> None:
    elsewhere = Elsewhere({"PC-7": fails(Distrusted("Another certificate.", seen="0", expected="1")), "NAS": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(spec)
        await agent.event(job, JobEvent.CERTIFICATE_CHANGED)
        assert "NAS" not in elsewhere.asked


@pytest.mark.parametrize(
    ("problem", "event"),
    [(NotNow(), JobEvent.PRINTER_BUSY), (NotTaken(JobEvent.FORMAT_NOT_TAKEN), JobEvent.FORMAT_NOT_TAKEN)],
)
async def test_what_the_printer_says_through_another_computer_counts(
    tmp_path: Path, spec: PrinterSpec, problem: Exception, event: JobEvent
) -> None:
    elsewhere = Elsewhere({"PC-7": fails(problem), "NAS": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        await agent.event(await agent.release(spec), event)
        assert "NAS" not in elsewhere.asked


async def test_without_a_route_the_job_waits_and_says_why_once(tmp_path: Path, spec: PrinterSpec) -> None:
    none = (RouteNotTaken(kind="relay", reason="no-network"), RouteNotTaken(kind="redirector", reason="not-set-up"))
    elsewhere = Elsewhere({"NAS": fails(GONE)}, kinds={"NAS": "cloud"}, says=RouteReply(not_taken=none))
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        await eventually(lambda: elsewhere.asked.count("server") > 3)
        assert await sentences(agent, job) == [
            "Flur does not answer. Nothing was sent; trying again by itself. "
            "Not through another computer: no computer is known on the printer's network. "
            "Not through a print server: nobody set that up. "
            "Not through the server and NAS: nobody answers there now."
        ]
        elsewhere.computers["NAS"] = prints
        await agent.ended(job)
        assert "NAS through the server" in elsewhere.asked


async def test_the_policy_decides(tmp_path: Path) -> None:
    elsewhere = Elsewhere({"PC-7": prints})
    elsewhere.state = elsewhere.state.model_copy(update={"routes": ("relay", "direct")})
    async with scripted_printer() as printer, agent_with(tmp_path, elsewhere) as agent:
        spec = printer_spec(printer.uri(), "Flur")
        first = await agent.ended(await agent.release(spec))
        assert (await sentences(agent, first))[0] == "Goes to Flur through PC-7."
        elsewhere.computers["PC-7"] = fails(GONE)
        second = await agent.ended(await agent.release(spec))
        assert (await sentences(agent, second))[0] == (
            "Goes straight to Flur. Not through PC-7: nobody answers there now."
        )
        assert len(printer.jobs) == 1


async def test_without_the_server_a_ticket_that_is_still_good_does(tmp_path: Path, spec: PrinterSpec) -> None:
    elsewhere = Elsewhere({"PC-7": fails(GONE)})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        elsewhere.away = True
        elsewhere.computers["PC-7"] = prints
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert len(set(elsewhere.shown)) < len(elsewhere.shown)
        another = await agent.release(spec)
        await agent.event(another, JobEvent.UNREACHABLE)
        assert "the server cannot be asked now" in (await sentences(agent, another))[-1]


async def test_a_ticket_that_is_still_good_lasts_through_a_restart(tmp_path: Path, spec: PrinterSpec) -> None:
    elsewhere = Elsewhere({"PC-7": fails(GONE)})
    async with agent_with(tmp_path, elsewhere) as agent:
        job, other = await agent.release(spec), await agent.release(spec)
        await agent.event(other, JobEvent.UNREACHABLE)
        await eventually(lambda: len(elsewhere.shown) >= 2)
    elsewhere.away = True
    elsewhere.computers["PC-7"] = prints
    before = set(elsewhere.shown)
    async with delivering(tmp_path, [spec], routes=elsewhere.routes) as agent:
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert elsewhere.shown[-1] in before
        assert not [key for key in await agent.spool.recall_all("tickets ") if str(job.id) in key], "it had GO"


async def test_what_is_kept_of_tickets_and_of_no_use_is_forgotten_at_the_next_start(
    tmp_path: Path, spec: PrinterSpec
) -> None:
    elsewhere = Elsewhere({"PC-7": fails(GONE)})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        assert len(await agent.spool.recall_all("tickets ")) == 1
        await jobs.delete(agent.spool, job.id)
        await agent.spool.remember("tickets of another time", "{")
    async with agent_with(tmp_path, elsewhere) as agent:
        assert await agent.spool.recall_all("tickets ") == {}


async def test_a_ticket_is_not_shown_again_after_go(tmp_path: Path, spec: PrinterSpec) -> None:
    async def gives_up(errand: Errand) -> Delivered:
        await errand.mark(None)
        return End.not_printed("the printer refused it")

    elsewhere = Elsewhere({"PC-7": gives_up})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        elsewhere.away = True
        await jobs.release(agent.spool, job.id, spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        assert len(elsewhere.shown) == 1, "it would only tell how the first transfer ended"


async def test_a_computer_that_never_asks_go_is_given_up(
    tmp_path: Path, spec: PrinterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "UNTIL_GO", 0.1)

    async def sleeps(errand: Errand) -> Delivered:
        await asyncio.Event().wait()
        raise AssertionError(errand)

    elsewhere = Elsewhere({"PC-7": sleeps, "NAS": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        assert (await agent.ended(await agent.release(spec))).outcome is Outcome.PRINTED
    assert elsewhere.asked == ["server", "PC-7", "NAS"]


async def test_who_is_left_when_the_time_for_all_is_over_goes_first_the_next_time(
    tmp_path: Path, spec: PrinterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "UNTIL_GO", 0.2)
    monkeypatch.setattr(choice, "IN_ALL", 5.1)  # less than five seconds of it are of no use to anybody

    async def sleeps(errand: Errand) -> Delivered:
        await asyncio.Event().wait()
        raise AssertionError(errand)

    elsewhere = Elsewhere({"PC-7": sleeps, "NAS": prints})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        assert job.outcome is Outcome.PRINTED
        assert "Not through NAS: there was no time left for it." in (await sentences(agent, job))[0]
    assert elsewhere.asked == ["server", "PC-7", "server", "NAS"]


async def test_one_that_asked_go_in_time_has_all_the_time_after_it(
    tmp_path: Path, spec: PrinterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "UNTIL_GO", 0.2)

    async def slow(errand: Errand) -> Delivered:
        await errand.mark(None)
        await asyncio.sleep(0.4)
        return PRINTED

    async with agent_with(tmp_path, Elsewhere({"PC-7": slow})) as agent:
        assert (await agent.ended(await agent.release(spec))).outcome is Outcome.PRINTED


async def test_after_a_restart_the_end_is_asked_where_the_job_went(tmp_path: Path, spec: PrinterSpec) -> None:
    async def never_ends(errand: Errand) -> Delivered:
        await errand.mark(None)
        await asyncio.Event().wait()
        raise AssertionError

    elsewhere = Elsewhere({"PC-7": never_ends})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(spec)
        await agent.phase(job, Phase.SENDING)
    end = elsewhere.gone[job.id] = asyncio.get_running_loop().create_future()
    async with agent_with(tmp_path, elsewhere) as agent:
        end.set_result(PRINTED)
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
    assert elsewhere.asked == ["server", "PC-7"]


async def test_what_was_sent_straight_since_is_not_asked_elsewhere(tmp_path: Path) -> None:
    """Somebody had GO for it at an earlier release, and how that ended is still known."""
    elsewhere = Elsewhere()
    async with scripted_printer(ScriptedPrinter(job_state=JobState.PROCESSING)) as printer:
        spec = printer_spec(printer.uri(), "Flur")
        async with agent_with(tmp_path, elsewhere) as agent:
            job = await agent.release(spec)
            elsewhere.gone[job.id] = asyncio.get_running_loop().create_future()
            elsewhere.gone[job.id].set_result(End.not_printed("the first time"))
            await agent.event(job, JobEvent.SENT)
        async with delivering(tmp_path, [spec], routes=elsewhere.routes) as agent:
            await agent.delivery.cancel(job.id)
            assert elsewhere.cancelled == []
            assert "the first time" not in " ".join(await agent.sentences(await agent.ended(job)))


async def test_a_person_cancels_where_the_job_is(tmp_path: Path, spec: PrinterSpec) -> None:
    end: asyncio.Future[End] = asyncio.get_running_loop().create_future()

    async def prints_for_long(errand: Errand) -> Delivered:
        elsewhere.gone[errand.job.id] = end
        await errand.mark(None)
        return await end

    elsewhere = Elsewhere({"PC-7": prints_for_long})
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.release(spec)
        await agent.phase(job, Phase.SENDING)
        cancelling = asyncio.create_task(agent.delivery.cancel(job.id))
        await eventually(lambda: elsewhere.cancelled == [job.id])
        end.set_result(End.not_printed("somebody cancelled it"))
        await cancelling
        assert (await agent.spool.get(job.id)).outcome is Outcome.NOT_PRINTED


async def test_many_may_be_on_their_way_through_others_at_once(tmp_path: Path, spec: PrinterSpec) -> None:
    """A watch here is the other computer's: it holds back no other job."""
    ends: list[asyncio.Future[End]] = [asyncio.get_running_loop().create_future() for _ in range(2)]
    begun: list[Job] = []

    async def watched(errand: Errand) -> Delivered:
        await errand.mark(None)
        end = ends[len(begun)]
        begun.append(errand.job)

        async def watch(tell: Tell) -> End:
            del tell
            return await end

        return Watched(watch, answered=True)

    async with agent_with(tmp_path, Elsewhere({"PC-7": watched})) as agent:
        first, second = await agent.release(spec), await agent.release(spec)
        await agent.event(second, JobEvent.SENT)
        assert (await agent.spool.get(first.id)).phase is Phase.SENDING
        for end in ends:
            end.set_result(PRINTED)
        await agent.ended(second)


async def test_however_much_a_device_is_said_to_say_the_timeline_has_an_end(tmp_path: Path, spec: PrinterSpec) -> None:
    async def talks(errand: Errand) -> Delivered:
        await errand.mark(None)
        for number in range(MOST_SAID + 20):
            await errand.tell(News(JobState.PROCESSING_STOPPED, f"tray {number} is empty"))
        return PRINTED

    async with agent_with(tmp_path, Elsewhere({"PC-7": talks})) as agent:
        job = await agent.ended(await agent.release(spec))
        assert (await agent.events(job)).count(JobEvent.DEVICE_SAYS) == MOST_SAID
        assert job.outcome is Outcome.PRINTED


async def test_what_was_silent_is_tried_again_later_and_elsewhere(tmp_path: Path) -> None:
    clock = StandingClock()
    elsewhere = Elsewhere({"PC-7": prints}, clock=clock)
    async with scripted_printer(ScriptedPrinter()) as printer:
        spec = printer_spec(SILENT, "Flur")
        back = spec.model_copy(update={"device_uri": printer.uri()})
        async with delivering(tmp_path, routes=elsewhere.routes, clock=clock, deadlines=QUICK) as agent:
            await agent.ended(await agent.release(spec))
            assert elsewhere.asked == ["server", "PC-7"]
            await agent.ended(await agent.release(back))
            assert elsewhere.asked == ["server", "PC-7"] * 2, "it was silent a moment ago"
            clock.advance(minutes=6)
            await agent.ended(await agent.release(back))
            assert elsewhere.asked == ["server", "PC-7"] * 2, "it is tried again"
            await agent.ended(await agent.release(spec))
        async with delivering(tmp_path, routes=elsewhere.routes, clock=clock, deadlines=QUICK) as agent:
            await agent.ended(await agent.release(back))
            assert elsewhere.asked == ["server", "PC-7"] * 4, "a restart forgets nothing"
            elsewhere.place = "at home"
            await agent.ended(await agent.release(back))
            assert elsewhere.asked == ["server", "PC-7"] * 4, "here others answer"


async def test_of_several_the_one_on_the_lan_comes_first_at_the_address_where_it_answers(
    tmp_path: Path, spec: PrinterSpec
) -> None:
    here = IPv4Address("192.0.2.77")

    def near(peer: PeerSpec) -> PeerSpec | None:
        return peer.model_copy(update={"addresses": (here, *peer.addresses)}) if peer.name == "PC-8" else None

    elsewhere = Elsewhere({"PC-7": prints, "PC-8": prints}, near=near)
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        assert job.outcome is Outcome.PRINTED
    assert elsewhere.asked == ["server", "PC-8"]
    assert elsewhere.reached == [here]


async def test_one_on_the_lan_that_tried_in_vain_lately_stays_behind_the_others_and_where_it_answers(
    tmp_path: Path, spec: PrinterSpec
) -> None:
    here = IPv4Address("192.0.2.77")
    elsewhere = Elsewhere(
        {"PC-7": fails(GONE), "PC-8": prints},
        near=lambda peer: peer.model_copy(update={"addresses": (here,)}) if peer.name == "PC-8" else None,
        in_vain=frozenset({"PC-8"}),
    )
    async with agent_with(tmp_path, elsewhere) as agent:
        job = await agent.ended(await agent.release(spec))
        assert job.outcome is Outcome.PRINTED
    assert elsewhere.asked == ["server", "PC-7", "PC-8"]
    assert elsewhere.reached[-1] == here
