"""How a computer joins, renews, and is recognised."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from presswork.core.clock import system_randomness
from presswork.core.errors import Distrusted, Fault, Forbidden, Gone, Invalid, NotSignedIn, Unsupported
from presswork.core.ids import uuid7
from presswork.protocols.control.agent import Enrolled, EnrolRequest, Hello, RenewRequest
from presswork.server import audit
from presswork.server.computers import (
    AgentPrincipal,
    ProofChecker,
    SignedRequest,
    create_enrolment_code,
    enrol,
    get_computer,
    renew,
    revoke_computer,
    verify_agent,
)
from presswork.server.computers.enrolment import CODE_LIFE_MAXIMUM
from presswork.server.platform.authority import Authority
from presswork.testing.computer import ComputerKey
from presswork.testing.tenants import PUBLIC_URL, World

PATH = "/api/agent/sync"
HELLO = Hello(version="0.1.0", computer_name="ada-laptop", platform="Debian 12", capabilities=frozenset({"b", "a"}))


async def _code(world: World, **fields: Any) -> str:
    async with world.database.writing() as session:
        return (await create_enrolment_code(session, world.here.administrator, world.authority, **fields)).code


async def _enrol(world: World, code: str, key: ComputerKey, hello: Hello = HELLO) -> Enrolled:
    asked = EnrolRequest(code=code, certificate_request=key.request(), hello=hello)
    async with world.database.writing() as session:
        enrolled = await enrol(session, world.authority, asked, address="192.0.2.5")
    key.certificate = x509.load_pem_x509_certificate(enrolled.certificate.encode())
    return enrolled


async def _enrolled(world: World) -> tuple[ComputerKey, Enrolled]:
    key = ComputerKey()
    return key, await _enrol(world, await _code(world), key)


def _signed(world: World, key: ComputerKey) -> SignedRequest:
    headers = key.headers("POST", PUBLIC_URL + PATH, world.clock.now())
    return SignedRequest(headers["Authorization"], headers["DPoP"], "POST", PATH)


async def _verify(
    world: World,
    key: ComputerKey,
    *,
    proofs: ProofChecker | None = None,
    request: SignedRequest | None = None,
    **fields: Any,
) -> AgentPrincipal:
    proofs = proofs or ProofChecker(world.clock, PUBLIC_URL)
    async with world.database.reading() as session:
        return await verify_agent(session, world.authority, proofs, request or _signed(world, key), **fields)


async def test_a_code_makes_a_computer_of_its_tenant(world: World) -> None:
    code = await _code(world)
    secret, _, fingerprint = code.partition(".")
    assert (len(secret), fingerprint) == (20, world.authority.fingerprint)
    key = ComputerKey()
    enrolled = await _enrol(world, code, key)
    assert enrolled.tenant_id == world.here.tenant_id
    assert enrolled.ca_certificate == world.authority.pem
    assert enrolled.server_time == world.clock.now()
    agent = await _verify(world, key, address="192.0.2.5")
    assert (agent.computer_id, agent.computer_name) == (enrolled.computer_id, "ada-laptop")
    assert (agent.tenant_id, agent.address) == (world.here.tenant_id, "192.0.2.5")
    async with world.database.reading() as session:
        computer = await get_computer(session, world.here.administrator, enrolled.computer_id)
        actions = [entry.action for entry in await audit.list_entries(session, world.here.administrator)]
    assert computer.capabilities == ("a", "b")
    assert {"enrolment-code.created", "computer.enrolled"} <= set(actions)


async def test_a_code_is_good_once(world: World) -> None:
    code = await _code(world)
    await _enrol(world, code, ComputerKey())
    with pytest.raises(Gone):
        await _enrol(world, code, ComputerKey())


async def test_of_two_computers_at_once_one_gets_it(world: World) -> None:
    code = await _code(world)
    ends = await asyncio.gather(*(_enrol(world, code, ComputerKey()) for _ in range(4)), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Enrolled", "Gone", "Gone", "Gone"]


async def test_a_code_grows_old(world: World) -> None:
    day, week = await _code(world), await _code(world, life=CODE_LIFE_MAXIMUM)
    world.clock.advance(hours=24)
    with pytest.raises(Gone):
        await _enrol(world, day, ComputerKey())
    world.clock.advance(days=5)
    await _enrol(world, week, ComputerKey())


@pytest.mark.parametrize("life", [timedelta(0), timedelta(seconds=-1), timedelta(days=7, seconds=1)])
async def test_a_code_cannot_live_longer_than_a_week(world: World, life: timedelta) -> None:
    with pytest.raises(Invalid):
        await _code(world, life=life)


async def test_a_code_may_be_typed_in_capitals(world: World) -> None:
    secret, _, fingerprint = (await _code(world)).partition(".")
    await _enrol(world, f" {secret.upper()}.{fingerprint} ", ComputerKey())


async def test_a_code_of_another_server_or_of_nobody_is_refused(world: World) -> None:
    another = Authority.create(uuid7(world.clock, system_randomness), clock=world.clock, randomness=system_randomness)
    secret, _, fingerprint = (await _code(world)).partition(".")
    for code in (f"{secret}.{another.fingerprint}", f"{'a' * 20}.{fingerprint}", secret, fingerprint, "", ".", "ä.ü"):
        with pytest.raises(Distrusted):
            await _enrol(world, code, ComputerKey())


async def test_a_bad_request_does_not_use_the_code_up(world: World) -> None:
    code = await _code(world)
    asked = EnrolRequest(code=code, certificate_request="nonsense", hello=HELLO)
    with pytest.raises(Invalid):
        async with world.database.writing() as session:
            await enrol(session, world.authority, asked, address="")
    with pytest.raises(Unsupported):
        await _enrol(world, code, ComputerKey(), HELLO.model_copy(update={"protocol": 2}))
    await _enrol(world, code, ComputerKey())


async def test_the_code_itself_is_not_kept(world: World) -> None:
    secret = (await _code(world)).partition(".")[0]
    dump = (await _dump(world)).lower()
    assert secret not in dump
    assert "enrolment_codes" in dump


async def test_a_proof_counts_once(world: World) -> None:
    key, _ = await _enrolled(world)
    proofs = ProofChecker(world.clock, PUBLIC_URL)
    signed = _signed(world, key)
    await _verify(world, key, proofs=proofs, request=signed)
    with pytest.raises(Distrusted) as refused:
        await _verify(world, key, proofs=proofs, request=signed)
    assert refused.value.details["reason"] == "replay"


async def test_an_expired_certificate_only_renews(world: World) -> None:
    key, _ = await _enrolled(world)
    world.clock.advance(days=29, hours=23)
    await _verify(world, key)
    world.clock.advance(hours=1)
    with pytest.raises(NotSignedIn) as refused:
        await _verify(world, key)
    assert refused.value.details["reason"] == "certificate-expired"
    world.clock.advance(days=100)
    agent = await _verify(world, key, may_be_expired=True)
    async with world.database.writing() as session:
        renewed = await renew(session, world.authority, agent, RenewRequest(certificate_request=key.request()))
    assert renewed.computer_id == agent.computer_id
    key.certificate = x509.load_pem_x509_certificate(renewed.certificate.encode())
    await _verify(world, key)
    async with world.database.reading() as session:
        computer = await get_computer(session, world.here.administrator, agent.computer_id)
    assert computer.certificate_expires_at == key.certificate.not_valid_after_utc


async def test_a_new_key_may_come_with_a_renewal(world: World) -> None:
    key, _ = await _enrolled(world)
    agent, new = await _verify(world, key), ComputerKey()
    async with world.database.writing() as session:
        renewed = await renew(session, world.authority, agent, RenewRequest(certificate_request=new.request()))
    new.certificate = x509.load_pem_x509_certificate(renewed.certificate.encode())
    assert (await _verify(world, new)).computer_id == agent.computer_id
    with pytest.raises(Invalid):
        async with world.database.writing() as session:
            await renew(session, world.authority, agent, RenewRequest(certificate_request="nonsense"))


async def test_a_removed_computer_is_out_at_once_and_cannot_renew(world: World) -> None:
    key, enrolled = await _enrolled(world)
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, enrolled.computer_id)
    for may_be_expired in (False, True):
        with pytest.raises(Forbidden) as refused:
            await _verify(world, key, may_be_expired=may_be_expired)
        assert refused.value.details["reason"] == "revoked"


async def test_a_certificate_of_another_ca_is_foreign(world: World) -> None:
    _, enrolled = await _enrolled(world)
    another = Authority.create(uuid7(world.clock, system_randomness), clock=world.clock, randomness=system_randomness)
    key = ComputerKey()
    key.certificate = another.issue_for_computer(
        key.request(), tenant_id=enrolled.tenant_id, computer_id=enrolled.computer_id
    )
    with pytest.raises(Distrusted) as refused:
        await _verify(world, key)
    assert refused.value.details["reason"] == "foreign"


async def test_a_certificate_that_was_never_written_down_is_foreign(world: World) -> None:
    """As after a restored backup: what it does not know does not belong here."""
    _, enrolled = await _enrolled(world)
    key = ComputerKey()
    key.certificate = world.authority.issue_for_computer(
        key.request(), tenant_id=enrolled.tenant_id, computer_id=enrolled.computer_id
    )
    with pytest.raises(Distrusted):
        await _verify(world, key)


async def test_a_certificate_with_a_proof_of_another_computer_does_not_count(world: World) -> None:
    (mine, _), (other, _) = await _enrolled(world), await _enrolled(world)
    signed = _signed(world, other)
    stolen = SignedRequest(f"DPoP {mine.token}", signed.proof, "POST", PATH)
    fault: type[Fault] = Distrusted
    with pytest.raises(fault):
        await _verify(world, mine, request=stolen)


async def test_refused_proofs_do_not_fill_the_memory(world: World) -> None:
    key, enrolled = await _enrolled(world)
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, enrolled.computer_id)
    proofs = ProofChecker(world.clock, PUBLIC_URL)
    with pytest.raises(Forbidden):
        await _verify(world, key, proofs=proofs)
    assert proofs._seen == {}


async def _dump(world: World) -> str:
    async with world.database.engine.connect() as connection:
        tables = [
            name for (name,) in await connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = [(name, list(await connection.exec_driver_sql(f"SELECT * FROM {name}"))) for name in tables]  # noqa: S608
    return repr(rows)
