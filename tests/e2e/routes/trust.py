"""Situations of clocks, certificates and tickets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from e2e.routes.case import Case, shows
from e2e.routes.stranger import Permit, Stranger, permit
from presswork.agent.directory import prepare_directory
from presswork.agent.link.identity import Identity, certificate_request, load_identity, new_key, save_identity
from presswork.agent.relay.admission import PER_COMPUTER
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.relay.messages import AskGo, Declined
from presswork.server.platform.authority import COMPUTER_LIFE, Authority
from presswork.testing.namespaces import POSSIBLE

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
POSSIBLE_CLOCKS = POSSIBLE and LIBRARY is not None


def _clock(wrong: str) -> dict[str, str]:
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": wrong, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Ago(SystemClock):
    """A clock of the past."""

    def __init__(self, past: timedelta) -> None:
        self._past = past

    def now(self) -> datetime:
        """So long ago."""
        return super().now() - self._past


@shows
async def holder_clock_an_hour_fast(case: Case) -> None:
    await _holder_clock(case, "+1h")


@shows
async def holder_clock_a_day_slow(case: Case) -> None:
    await _holder_clock(case, "-1d")


async def _holder_clock(case: Case, wrong: str) -> None:
    await case.agent.restart(_clock(wrong))
    await case.prints_at(case.here.far, "Far")
    await case.ends()


@shows
async def relay_clock_an_hour_slow(case: Case) -> None:
    await _relay_clock(case, "-1h")


@shows
async def relay_clock_a_day_fast(case: Case) -> None:
    await _relay_clock(case, "+1d")


async def _relay_clock(case: Case, wrong: str) -> None:
    """Of the only one there is: at the other site."""
    branch = case.here.branch
    await branch.restart(_clock(wrong))
    await case.here.is_online(branch)
    await case.prints_at(case.here.shop, "Shop")
    await case.ends()


def _permit(case: Case, sender: str = "desk", receiver: str = "archive") -> Permit:
    case.at = case.here.far, "Far"
    installation = case.here.server.context.installation
    agents = case.here.agents
    return permit(
        installation.signer.key,
        installation.tenant_id,
        agents[sender].computer_id,
        agents[receiver].computer_id,
        case.uri(),
    )


def _stranger(case: Case) -> Stranger:
    """The desk's computer, under another hand."""
    return Stranger(case.here.desk.host, case.here.desk.settings.directory)


def _relay(case: Case) -> str:
    return case.here.network.address("office", "archive")


async def _is_refused(case: Case, wanted: Permit, text: str = "") -> None:
    """The relay says why, and nothing came to the printer."""
    before = await case.here.far.ask("jobs", "Far")
    said = await _stranger(case).offers(_relay(case), wanted, text)
    assert isinstance(said, Declined), said
    assert (said.refusal, said.details.get("reason")) == ("refused", case.row.refusal), said
    assert await case.here.far.ask("jobs", "Far") == before


@shows
async def ticket_expired(case: Case) -> None:
    await _is_refused(case, _permit(case).but(not_after=datetime.now(UTC) - timedelta(minutes=10)))


@shows
async def ticket_for_another_printer(case: Case) -> None:
    good = _permit(case)
    assert good.ticket.printer is not None
    other = good.ticket.printer.model_copy(update={"device_uri": case.here.near.uri("Near")})
    payload = good.but(printer=other).text.partition(".")[0]
    await _is_refused(case, good, f"{payload}.{good.text.partition('.')[2]}")


@shows
async def ticket_for_another_computer(case: Case) -> None:
    await _is_refused(case, _permit(case, receiver="porter"))


@shows
async def ticket_of_another_computer(case: Case) -> None:
    await _is_refused(case, _permit(case, sender="branch"))


@shows
async def relay_is_full(case: Case) -> None:
    """Both are, until the job has said so."""
    case.at = case.here.far, "Far"
    await case.waits()
    async with AsyncExitStack() as stack:
        for name in ("archive", "porter"):
            one = _permit(case, receiver=name)
            assert one.ticket.printer is not None
            printer = one.ticket.printer.model_copy(update={"device_uri": case.uri("socket")})  # where they take turns
            permits = [_permit(case, receiver=name).but(printer=printer) for _ in range(PER_COMPUTER)]
            address = case.here.network.address("office", name)
            await stack.enter_async_context(_stranger(case).occupies(address, permits))
        await case.release_at(case.uri())
        await case.is_told_why(("relay", "busy"))
    await case.ends()


@shows
async def replayed_ticket(case: Case) -> None:
    wanted = _permit(case)
    before = await case.here.far.ask("printed", "Far")
    ended = await _stranger(case).prints(_relay(case), wanted)
    assert ended.outcome == "printed", ended
    once = await case.here.far.ask("jobs", "Far")
    said = await _stranger(case).offers(_relay(case), wanted)
    assert not isinstance(said, AskGo), said
    await case.here.archive.restart()
    said = await _stranger(case).offers(_relay(case), wanted)
    assert not isinstance(said, AskGo), said
    assert await case.here.far.ask("jobs", "Far") == once
    assert len(await case.here.far.ask("printed", "Far")) == len(before) + 1


@shows
async def relay_revoked(case: Case) -> None:
    async with case.here.revoked("branch"):
        await case.prints_at(case.here.shop, "Shop")
        await case.ends()


@shows
async def relay_certificate_expired(case: Case) -> None:
    installation = case.here.server.context.installation
    long_ago = Ago(COMPUTER_LIFE + timedelta(days=1))
    authority = Authority.load(
        installation.authority.pem, installation.authority.key_der(), clock=long_ago, randomness=system_randomness
    )
    async with _disguised(case, authority, installation.tenant_id, authority.pem):
        await case.prints_at(case.here.shop, "Shop")
        await case.ends()


@shows
async def relay_of_another_organisation(case: Case) -> None:
    authority = case.here.server.context.installation.authority
    async with _disguised(case, authority, uuid4(), authority.pem):
        await case.prints_at(case.here.shop, "Shop")
        await case.ends()


@shows
async def relay_of_another_installation(case: Case) -> None:
    authority = _another_authority()
    tenant_id = case.here.server.context.installation.tenant_id
    async with _disguised(case, authority, tenant_id, authority.pem):
        await case.prints_at(case.here.shop, "Shop")
        await case.ends()


@shows
async def sender_of_another_organisation(case: Case) -> None:
    authority = case.here.server.context.installation.authority
    await _is_not_let_in(case, authority, uuid4())


@shows
async def sender_of_another_installation(case: Case) -> None:
    await _is_not_let_in(case, _another_authority(), case.here.server.context.installation.tenant_id)


async def _is_not_let_in(case: Case, authority: Authority, tenant_id: UUID) -> None:
    """Who shows the relay such a certificate gets nothing, whatever the ticket."""
    wanted = _permit(case)
    directory = case.here.directory / case.row.name
    ca_pem = case.here.server.context.installation.authority.pem
    identity = _identity(authority, tenant_id, case.here.desk.computer_id, authority.pem)
    await asyncio.to_thread(prepare_directory, directory)
    await asyncio.to_thread(save_identity, directory, identity)
    stranger = Stranger(case.here.desk.host, directory, ca_pem)
    before = await case.here.far.ask("jobs", "Far")
    try:
        said = await stranger.offers(_relay(case), wanted)
    except (OSError, asyncio.IncompleteReadError):
        pass
    else:
        assert isinstance(said, Declined), said
    assert await case.here.far.ask("jobs", "Far") == before


@asynccontextmanager
async def _disguised(case: Case, authority: Authority, tenant_id: UUID, ca_pem: str) -> AsyncIterator[None]:
    """At the branch's address answers who has a certificate of this authority and tenant, as long as the block lasts."""
    branch = case.here.branch
    directory, network = branch.settings.directory, case.here.network
    own = await asyncio.to_thread(load_identity, directory)
    assert own is not None
    await branch.host.rules(output=[f"ip daddr {network.server} drop"])  # else it gets a new certificate at once
    identity = _identity(authority, tenant_id, branch.computer_id, ca_pem, own.server_url)
    await asyncio.to_thread(save_identity, directory, identity)
    try:
        yield
    finally:
        await asyncio.to_thread(save_identity, directory, own)
        await branch.host.rules()


def _identity(
    authority: Authority, tenant_id: UUID, computer_id: UUID, ca_pem: str, server_url: str = "https://nowhere.example"
) -> Identity:
    key = new_key()
    certificate = authority.issue_for_computer(certificate_request(key), tenant_id=tenant_id, computer_id=computer_id)
    return Identity(server_url, key, certificate, ca_pem)


def _another_authority() -> Authority:
    return Authority.create(uuid4(), clock=SystemClock(), randomness=system_randomness)
