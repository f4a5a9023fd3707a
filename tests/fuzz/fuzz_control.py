"""Control messages: what agents, server and clients say to each other. ``make fuzz F=control`` runs it.

The first octet chooses who reads the rest (``READERS``). Whatever they get, they make a message of it or refuse it with
a fault of ours. A message that was made has clean, bounded lines, is the same when written and read again, and reads
the same from JSON that another parser has read. Frames are the same in whatever pieces they come.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import ECKey
from pydantic import BaseModel, TypeAdapter, ValidationError

from presswork.agent.link.identity import certificate_for, certificate_request
from presswork.agent.link.requests import server_origin
from presswork.agent.link.server_time import ServerTime
from presswork.core.errors import Fault
from presswork.protocols.control.agent import (
    AccountSignIn,
    AccountSignInStarted,
    DesiredState,
    Enrolled,
    EnrolRequest,
    RenewRequest,
    SyncReply,
    SyncRequest,
    Wake,
)
from presswork.protocols.control.client import REPLY, REQUEST
from presswork.protocols.control.framing import FRAME_LIMIT, Frame, FrameKind, FrameParser
from presswork.protocols.control.route import (
    HandOverReply,
    HandOverRequest,
    OwnerReply,
    OwnerRequest,
    RouteReply,
    RouteRequest,
)
from presswork.protocols.control.timeline import TimelineEntry
from presswork.protocols.control.words import Word
from presswork.protocols.ticket import TicketKind, check_ticket, open_ticket, sign_ticket, ticket_id_of
from presswork.protocols.ticket.ticket import CONTEXT
from presswork.server.computers.proof import ProofChecker, SignedRequest
from presswork.server.platform.authority import Authority, public_key_of_request
from presswork.testing.clock import StandingClock

LONGEST = 8_192
CLOCK = StandingClock()
UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NOT_LINES = frozenset({"certificate_request", "certificate", "ca_certificate", "sentence", "capabilities", "values"})
NOT_LINES |= {"ticket_certificate", "ticket", "roster_entry", "discovery_key"}
"""Fields that are no single line, or not ours to bound."""
WORDS = [
    *(b"pending-held", b"completed", b"printed", b"unknown", b"peer", b"spooler", b"one-sided", b"two-sided-long-edge"),
    *(b"received", b"device-says", b"hold", b"direct", b"ipps://", b"socket://", b"2026-11-23T00:00:00Z", b"dpop+jwt"),
    *(
        b'{"',
        b'":',
        b"[]",
        b"null",
        b"1e400",
        b"-0",
        b"NaN",
        b"\\u0000",
        b"\\ud800",
        b"\xe2\x80\xa8",
        b"ES256",
        b"none",
    ),
]


def notice(feature: str) -> None:
    """Told of everything new that cannot be seen in Python's own branches; ``run.py`` makes it coverage."""


def _models() -> dict[str, TypeAdapter[Any]]:
    plain = (SyncRequest, SyncReply, EnrolRequest, Enrolled, RenewRequest, AccountSignIn, AccountSignInStarted, Wake)
    return {
        "request": REQUEST,
        "reply": REPLY,
        **{model.__name__: TypeAdapter(model) for model in (*plain, DesiredState)},
    }


_OF_ROUTES = (RouteRequest, RouteReply, HandOverRequest, HandOverReply, OwnerRequest, OwnerReply)
ROUTES = {model.__name__: TypeAdapter(model) for model in _OF_ROUTES}
MODELS = _models() | ROUTES
TICKETS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def check(data: bytes) -> None:
    """The reader that the first octet chooses, and its properties."""
    if data:
        READERS[_reader_of(data)](data[1:])


def _reader_of(data: bytes) -> str:
    return NAMES[(data[0] - ord("a")) % len(NAMES)]


def check_message(name: str, data: bytes) -> None:
    """JSON for one of the messages."""
    adapter = MODELS[name]
    try:
        message = adapter.validate_json(data)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False, include_input=False)[:20]:
            notice(f"{name} {problem['type']} {[part for part in problem['loc'] if part in _FIELDS]}")
        return
    written = adapter.dump_json(message)
    assert adapter.validate_json(written) == message
    again = json.loads(data)
    assert adapter.validate_python(again) == message
    for path, value in _values(message):
        _check_value(path, value)
        notice(f"~{name} {path} {_kind(value)}")


def _values(message: BaseModel, path: str = "") -> Iterator[tuple[str, object]]:
    for field, value in message:
        yield from _inner(f"{path}.{field}", value)


def _inner(path: str, value: object) -> Iterator[tuple[str, object]]:
    yield path, value
    match value:
        case BaseModel():
            yield from _values(value, path)
        case tuple():
            for one in value:
                yield from _inner(path, one)


def _check_value(path: str, value: object) -> None:
    if isinstance(value, TimelineEntry):
        assert value.sentence()
    if isinstance(value, datetime):
        assert value.tzinfo is UTC, path
        assert ServerTime(CLOCK).learn(value) in {True, False}
    if isinstance(value, str) and path.rpartition(".")[2] not in NOT_LINES:
        assert len(value) <= 1023, path
        assert UNCLEAN.search(value) is None, path


def _kind(value: object) -> str:
    """What of a value is a case of its own."""
    match value:
        case bool() | None:
            return str(value)
        case int():
            return str(value.bit_length())
        case str():
            return value if value.encode() in WORDS else f"text {value.isascii()} {len(value).bit_length()}"
        case tuple():
            return f"{min(len(value), 3)}"
        case datetime():
            return str(value.utcoffset() is None)
        case _:
            return type(value).__name__


def check_frames(data: bytes) -> None:
    """Octets on the client channel, whole and in pieces."""
    whole, fault = _frames([data])
    size = len(data) % 7 + 1
    assert _frames([data[at : at + size] for at in range(0, len(data), size)]) == (whole, fault)
    assert [(frame.kind, frame.data) for frame in whole] == _split(data)
    for frame in whole:
        notice(f"frame {frame.kind} {len(frame.data).bit_length()}")
        if frame.kind is FrameKind.JSON:
            check_message("request", frame.data)
            check_message("reply", frame.data)


def _split(data: bytes) -> list[tuple[int, bytes]]:
    """The frames before the first thing that is wrong or not whole, read a second time by other code."""
    found, at = [], 0
    while at + 5 <= len(data):
        end = at + 5 + int.from_bytes(data[at : at + 4], "big")
        if end - at - 5 > FRAME_LIMIT or end > len(data) or data[at + 4] not in b"JDE":
            break
        found.append((data[at + 4], data[at + 5 : end]))
        at = end
    return found


def _frames(pieces: list[bytes]) -> tuple[list[Frame], str | None]:
    parser, frames = FrameParser(), []
    try:
        for piece in pieces:
            frames += parser.feed(piece)
    except Fault as fault:
        return frames, fault.code
    assert parser.pending == (sum(len(frame.data) + 5 for frame in frames) < sum(map(len, pieces)))
    assert all(len(frame.data) <= FRAME_LIMIT for frame in frames)
    return frames, None


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0x5EED, ec.SECP256R1())


@cache
def _authority() -> Authority:
    """Always of the same name and key, so that a certificate of the corpus is one of its own."""
    key = ec.derive_private_key(0xCA, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Presswork installation")])
    now = CLOCK.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=3650))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return Authority(certificate, key, clock=CLOCK, randomness=random.Random(1).randbytes)


def _judge(proof: str, token: str) -> None:
    checker = ProofChecker(CLOCK, "https://print.example.org")
    request = SignedRequest(f"DPoP {token}", proof, "POST", "/api/agent/sync")
    try:
        jti = checker.check(request, _key().public_key())
        checker.use("1f", jti)
    except Fault as fault:
        notice(f"proof {fault.details.get('reason')}")
    else:
        notice("proof taken")


def check_proof(data: bytes) -> None:
    """A proof that nobody of ours has signed."""
    proof, _, token = data.decode("latin-1").partition(" ")
    _judge(proof, token or "token")


def check_claims(data: bytes) -> None:
    """A proof with any claims, by the right key: a computer that turned hostile."""
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": ECKey.import_key(_key().public_key()).as_dict(private=False)}
    try:
        changes = json.loads(data)
        header |= changes.pop("header", {})
    except (ValueError, AttributeError, TypeError, RecursionError):
        changes = None
    payload = json.dumps(changes).encode() if changes is not None else data
    try:
        proof = jws.serialize_compact(
            {**header, "alg": "ES256"}, payload, ECKey.import_key(_key()), algorithms=["ES256"]
        )
    except Exception:
        return
    _judge(proof, "token")


def check_request(data: bytes) -> None:
    """A certificate request, as enrolment takes it from whoever has a code."""
    try:
        public_key_of_request(data.decode("utf-8", "replace"))
    except Fault as fault:
        notice(f"request {fault.sentence}")
    else:
        notice("request taken")


def check_token(data: bytes) -> None:
    """A certificate (DER), as every request of an agent carries it."""
    try:
        found = _authority().recognise(data)
    except Fault as fault:
        notice(f"certificate {fault.code}")
    else:
        # Another encoding of the very certificate is still that certificate.
        assert found.computer_id == UUID(int=3)
        assert found.tenant_id == UUID(int=2)


def check_answer(data: bytes) -> None:
    """Certificates in the server's answer, as the agent takes them."""
    text = data.decode("utf-8", "replace")
    try:
        certificate_for(_key(), text, _authority().pem)
        certificate_for(_key(), text, text)
    except Fault as fault:
        notice(f"answer {fault.sentence}")


def check_address(data: bytes) -> None:
    """The address of a server, as somebody writes it."""
    refused = ""
    try:
        origin = server_origin(data.decode("utf-8", "replace"))
    except Fault as fault:
        refused = fault.sentence
    if refused:
        notice(f"address {refused[:30] if refused.startswith('The ') else ''}")
        assert UNCLEAN.search(refused) is None, refused
    else:
        assert server_origin(origin) == origin
        assert UNCLEAN.search(origin) is None
        assert origin.startswith(("https://", "http://"))


def check_any_ticket(data: bytes) -> None:
    """A ticket that nobody of ours has signed, but for the one of the seeds."""
    text = data.decode("latin-1")
    try:
        ticket_id_of(text)
        ticket = open_ticket(text, TICKETS.public_key())
    except Fault as fault:
        notice(f"ticket {fault.code}")
    else:
        assert ticket.ticket_id == UUID(int=6)


def check_payload(data: bytes) -> None:
    """A ticket with any payload, by the right key: a server of another release, or one that turned hostile."""
    payload = base64.urlsafe_b64encode(data).rstrip(b"=")
    signature = base64.urlsafe_b64encode(TICKETS.sign(CONTEXT + payload)).rstrip(b"=")
    try:
        ticket = open_ticket(f"{payload.decode()}.{signature.decode()}", TICKETS.public_key())
    except Fault as fault:
        notice(f"payload {fault.code}")
        return
    assert open_ticket(sign_ticket(ticket, TICKETS), TICKETS.public_key()) == ticket
    for path, value in _values(ticket):
        _check_value(path, value)
    ids = {"tenant_id": UUID(int=1), "sender_id": UUID(int=3), "receiver_id": UUID(int=4)}
    try:
        check_ticket(ticket, **ids, kinds=[TicketKind.RELAY], now=CLOCK.now())
    except Fault as fault:
        notice(f"payload {fault.details['reason']}")
    else:
        assert (ticket.tenant_id, ticket.sender_id, ticket.receiver_id) == tuple(ids.values())


def _message_reader(name: str) -> Callable[[bytes], None]:
    return lambda data: check_message(name, data)


READERS: dict[str, Callable[[bytes], None]] = {
    **{name: _message_reader(name) for name in MODELS if name not in ROUTES},
    "frames": check_frames,
    "proof": check_proof,
    "claims": check_claims,
    "csr": check_request,
    "token": check_token,
    "answer": check_answer,
    "address": check_address,
    **{name: _message_reader(name) for name in ROUTES},
    "ticket": check_any_ticket,
    "payload": check_payload,
}
NAMES = list(READERS)


def _octet(name: str) -> bytes:
    return bytes((ord("a") + NAMES.index(name),))


# Mutations change the tree of JSON, where there is one.


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Another message: values of the tree changed, moved, repeated or nested; now and then any octets."""
    dice = random.Random(seed)
    chance = dice.random()
    if chance < 0.25 or not data:
        return plain(data, size)
    if chance < 0.27:
        return (_octet(dice.choice(NAMES)) + data[1:])[:size]
    name, body = _reader_of(data), data[1:]
    if name in {"csr", "answer"}:
        return (data[:1] + _mutate_pem(body, plain))[:size]
    if name == "frames":
        return (data[:1] + _mutate_frames(dice, body, plain))[:size]
    return (data[:1] + _mutate_json(dice, body, plain))[:size]


def _mutate_frames(dice: random.Random, body: bytes, plain: Callable[[bytes, int], bytes]) -> bytes:
    frames, _ = _frames([body])
    at = dice.randrange(len(frames) + 1)
    match dice.randrange(4):
        case 0 if frames:
            del frames[at : at + 1]
        case 1:
            frames.insert(at, Frame(dice.choice(list(FrameKind)), b"x" * dice.choice((0, 1, 255, 256))))
        case 2 if at < len(frames):
            frames[at] = Frame(frames[at].kind, _mutate_json(dice, frames[at].data, plain)[:4_000])
        case _:
            return plain(body, LONGEST)
    return b"".join(frame.encode() for frame in frames) + dice.choice(
        (b"", b"", b"\0\0\0\1", b"\0\x20\0\0J", b"\0\0\0\0X")
    )


def _mutate_pem(body: bytes, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Octets changed below the base64."""
    begin, first, middle = body.partition(b"-----\n")
    inner, last, end = middle.partition(b"-----END")
    try:
        der = base64.b64decode(inner, validate=False)
    except ValueError:
        return plain(body, LONGEST)
    return begin + first + base64.encodebytes(plain(der or b"0", 2_000)) + last + end


def _mutate_json(dice: random.Random, body: bytes, plain: Callable[[bytes, int], bytes]) -> bytes:
    try:
        tree = [json.loads(body)]
    except (ValueError, RecursionError):
        return plain(body, LONGEST) if body else b"{}"
    for _ in range(dice.choice((1, 1, 2, 4))):
        places = list(_places(tree))
        holder, key = dice.choice(places)
        match dice.randrange(9):
            case 0 if len(places) > 1 and isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, list) and holder is not tree:
                holder.insert(key, holder[key])
            case 2 if isinstance(holder[key], dict):
                holder[key][dice.choice(_FIELDS)] = _value(dice)
            case 3:
                other, other_key = dice.choice(places)
                holder[key] = json.loads(json.dumps(other[other_key]))
            case 4:
                holder[key] = [holder[key]] if dice.random() < 0.5 else {"a": holder[key]}
            case 5 if isinstance(holder[key], str):
                holder[key] = plain(holder[key].encode("utf-8", "replace") or b"a", 600).decode("utf-8", "replace")
            case 6 if isinstance(holder[key], int | float):
                holder[key] = dice.choice((holder[key] + 1, -holder[key], holder[key] * 1000, float(holder[key])))
            case _:
                holder[key] = _value(dice)
    text = json.dumps(tree[0], ensure_ascii=dice.random() < 0.5, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _places(tree: list[Any] | dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for key in range(len(tree)) if isinstance(tree, list) else list(tree):
        yield tree, key
        if isinstance(tree[key], list | dict):
            yield from _places(tree[key])


_FIELDS = sorted({name for word in Word.__subclasses__() for name in word.model_fields} | {"x"})
_UUID = "01890000-0000-7000-8000-000000000001"


def _value(dice: random.Random) -> object:
    texts: tuple[object, ...] = (
        "",
        "a",
        "a\nb",
        "\u2028",
        "\x00",
        "\u202e",
        "x" * 255,
        "x" * 256,
        "é" * 255,
        _UUID,
        "{a}",
        "/",
    )
    words: tuple[object, ...] = tuple(word.decode("utf-8", "replace") for word in WORDS)
    others: tuple[object, ...] = (
        None,
        True,
        False,
        0,
        1,
        -1,
        2**31,
        2**63,
        10**30,
        0.5,
        1e300,
        [],
        {},
        [[]],
        [None] * 201,
    )
    times: tuple[object, ...] = (
        "2026-11-23T00:00:00Z",
        "2026-11-23T00:00:00+14:00",
        "2026-11-23",
        "9999-12-31T23:59:59-12:00",
        1e11,
        -1e15,
    )
    return dice.choice(dice.choice((texts, words, others, times)))


def seeds() -> dict[str, bytes]:
    """One whole message of every kind, and what belongs to an agent's proofs."""
    at = "2026-01-02T03:04:05Z"
    hello = {
        "protocol": 1,
        "capabilities": ["relay"],
        "version": "0.1.0",
        "computer_name": "desk",
        "platform": "Debian",
    }
    timeline = [{"sequence": 1, "at": at, "event": "released", "values": {"printer": "Kitchen"}}]
    job = {
        "job_id": _UUID,
        "version": 3,
        "queue_id": _UUID,
        "account": "ann",
        "owner_proof": "peer",
        "user_id": _UUID,
        "name": "a letter",
        "document_format": "application/pdf",
        "size": 9,
        "pages": 2,
        "copies": 2,
        "sides": "two-sided-long-edge",
        "state": "completed",
        "state_reasons": ["none"],
        "outcome": "printed",
        "printer_id": _UUID,
        "document_kept": False,
        "created_at": at,
        "ended_at": at,
        "timeline": timeline,
    }
    queue = {"queue_id": _UUID, "name": "Office", "info": "i", "location": "l", "mode": "direct", "printer_id": _UUID}
    seen = {"printer_id": _UUID, "seen_at": at, "reachable": True, "state": "stopped", "state_reasons": ["media-jam"]}
    seen |= {"make_and_model": "m", "document_formats": ["image/urf"], "certificate_sha256": "ab" * 32}
    answer = {"order_id": _UUID, "done": False, "code": "gone", "sentence": "It is over."}
    order = {
        "order_id": _UUID,
        "kind": "release",
        "job_id": _UUID,
        "printer_id": _UUID,
        "user_id": _UUID,
        "issued_at": at,
    }
    printer = {"printer_id": _UUID, "name": "Kitchen", "location": "l"}
    spec = {**printer, "device_uri": "ipps://kitchen.example.org/ipp/print", "certificate_sha256": "cd" * 32}
    desired = {"revision": "1", "computer_name": "desk", "queues": [queue], "printers": [spec], "hold_hours": 72}
    desired["accounts"] = [{"account": "ann", "user_id": _UUID, "person": "Ann"}]
    prompt = {"user_code": "ABCD-EFGH", "verification_uri": "u", "verification_uri_complete": "u?c", "expires_at": at}
    csr = certificate_request(_key())
    issued = _authority().issue_for_computer(csr, tenant_id=UUID(int=2), computer_id=UUID(int=3))
    pem = issued.public_bytes(Encoding.PEM).decode()
    view = {"kind": "job", "last": False, "job": job, "queue": "Office", "printer": "Kitchen", "progress": 5}
    submit = {"op": "submit", "queue": "Office", "name": "n", "document_format": "text/plain", "copies": 2}
    peer = {"computer_id": _UUID, "name": "desk", "addresses": ["192.0.2.7", "2001:db8::7"], "port": 21335}
    ticket = {
        "ticket_id": str(UUID(int=6)),
        "kind": "relay",
        "tenant_id": str(UUID(int=1)),
        "job_id": _UUID,
        "sender_id": str(UUID(int=3)),
        "receiver_id": str(UUID(int=4)),
        "digest": "ab" * 32,
        "fence": 1,
        "printer": spec,
        "not_after": (CLOCK.now() + timedelta(hours=1)).isoformat(),
    }
    claims = {
        "htm": "POST",
        "htu": "https://print.example.org/api/agent/sync",
        "iat": int(CLOCK.now().timestamp()),
        "jti": "0123456789",
        "ath": _hash("token"),
        "header": {"typ": "dpop+jwt"},
    }
    trees: dict[str, list[object]] = {
        "request": [
            submit,
            *({"op": op} for op in ("status", "sign-in", "printers", "queues", "jobs")),
            {"op": "jobs", "ended": True, "limit": 10},
            *(
                {"op": op, "job": "0189", "printer": "Kitchen", "seconds": 5}
                for op in ("job", "release", "delete", "watch")
            ),
        ],
        "reply": [
            view,
            {"kind": "jobs", "jobs": [view]},
            {"kind": "printers", "printers": [printer]},
            {"kind": "queues", "queues": [queue]},
            {"kind": "refused", "code": "gone", "sentence": "It is over."},
            {"kind": "signed-in", "person": "Ann"},
            {"kind": "sign-in-prompt", **prompt},
            {
                "kind": "status",
                "account": "a",
                "person": None,
                "computer": "c",
                "enrolled": True,
                "server_reachable": False,
            },
        ],
        "SyncRequest": [{"hello": hello, "revision": "1", "reports": [job], "printers": [seen], "answers": [answer]}],
        "SyncReply": [{"server_time": at, "desired": desired, "orders": [order], "sync_after": 30}],
        "EnrolRequest": [{"code": "c" * 16, "certificate_request": csr, "hello": hello}],
        "Enrolled": [
            {"computer_id": _UUID, "tenant_id": _UUID, "certificate": pem, "ca_certificate": pem, "server_time": at}
        ],
        "RenewRequest": [{"certificate_request": csr}],
        "AccountSignIn": [{"account": "ann"}],
        "AccountSignInStarted": [prompt],
        "Wake": [{"kind": "wake"}],
        "DesiredState": [desired],
        "claims": [claims],
        "RouteRequest": [{"job_id": _UUID, "printer_id": _UUID, "digest": "ab" * 32, "documents": 2}],
        "RouteReply": [
            {
                "candidates": [{"kind": "relay", "peer": peer, "ticket": "a.b"}],
                "not_taken": [{"kind": "cloud", "reason": "policy", "computer": "desk"}],
            }
        ],
        "HandOverRequest": [{"job_id": _UUID, "digest": "ab" * 32}],
        "HandOverReply": [{"peer": peer, "ticket": "a.b"}],
        "OwnerRequest": [{"queue_id": _UUID, "name": "ann"}],
        "OwnerReply": [{"user_id": _UUID, "person": "Ann"}],
        "payload": [ticket, ticket | {"kind": "redirector", "user": "ann"}, ticket | {"kind": "hold", "printer": None}],
    }
    made = {
        f"{name}_{n}": _octet(name) + json.dumps(one).encode()
        for name, all_ in trees.items()
        for n, one in enumerate(all_)
    }
    frames = Frame(FrameKind.JSON, json.dumps(submit).encode()), Frame(FrameKind.DOCUMENT, b"abc"), Frame(FrameKind.END)
    made["frames"] = _octet("frames") + b"".join(frame.encode() for frame in frames)
    made["csr"] = _octet("csr") + csr.encode()
    der = base64.b64decode("".join(csr.splitlines()[1:-1])).replace(b"\x02\x01\x00", b"\x02\x01\x05", 1)
    made["csr_version"] = (
        _octet("csr") + csr.splitlines()[0].encode() + b"\n" + base64.encodebytes(der) + csr.splitlines()[-1].encode()
    )
    made["token"] = _octet("token") + issued.public_bytes(Encoding.DER)
    made["answer"] = _octet("answer") + pem.encode()
    payload = base64.urlsafe_b64encode(json.dumps(ticket).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(TICKETS.sign(CONTEXT + payload)).rstrip(b"=")
    made["ticket"] = _octet("ticket") + payload + b"." + signature
    made["address"] = _octet("address") + b"https://print.example.org:8443/"
    proof = jws.serialize_compact(
        {"typ": "dpop+jwt", "alg": "ES256"}, json.dumps(claims).encode(), ECKey.import_key(_key())
    )
    made["proof"] = _octet("proof") + proof.encode() + b" token"
    return made


def _hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
