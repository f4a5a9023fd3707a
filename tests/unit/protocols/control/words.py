"""Strategies for the words of the control messages, shared by the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import JobReport, Order, OrderAnswer, PrinterReport, PrinterSpec, QueueSpec

_FORBIDDEN = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]
lines = st.text(st.characters(exclude_characters=_FORBIDDEN, exclude_categories=["Cs"]), max_size=60)
accounts = st.from_regex(r"[a-z][a-z0-9_.-]{0,20}", fullmatch=True)
queue_names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,126}", fullmatch=True)
moments = st.datetimes(
    datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("9000-01-01"), timezones=st.just(UTC)
)
hashes = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
device_uris = st.sampled_from(["ipp://10.0.0.7/ipp/print", "ipps://printer.example:8631/ipp", "socket://10.0.0.7:9100"])

entries = st.builds(
    TimelineEntry,
    sequence=st.integers(1, 10_000),
    at=moments,
    event=st.sampled_from(JobEvent),
    values=st.dictionaries(st.sampled_from(["printer", "account", "computer", "message"]), lines),
)
reports = st.builds(
    JobReport,
    job_id=st.uuids(),
    version=st.integers(1, 2**31),
    queue_id=st.uuids(),
    account=accounts,
    owner_proof=st.sampled_from(["peer", "spooler"]),
    user_id=st.none() | st.uuids(),
    name=lines,
    document_format=lines,
    size=st.integers(0, 2**40),
    pages=st.none() | st.integers(0, 10_000),
    state=st.sampled_from(["pending", "pending-held", "processing", "completed"]),
    state_reasons=st.lists(lines, max_size=3).map(tuple),
    outcome=st.sampled_from([None, "printed", "not-printed", "unknown"]),
    printer_id=st.none() | st.uuids(),
    document_kept=st.booleans(),
    created_at=moments,
    ended_at=st.none() | moments,
    timeline=st.lists(entries, max_size=3).map(tuple),
)
printers = st.builds(
    PrinterSpec,
    printer_id=st.uuids(),
    name=lines,
    location=lines,
    device_uri=device_uris,
    certificate_sha256=st.none() | hashes,
)
printer_reports = st.builds(
    PrinterReport,
    printer_id=st.uuids(),
    seen_at=moments,
    reachable=st.booleans(),
    state=st.sampled_from(["idle", "processing", "stopped", "unknown"]),
    document_formats=st.lists(lines, max_size=3).map(tuple),
    certificate_sha256=st.none() | hashes,
)
queues = st.builds(
    QueueSpec,
    queue_id=st.uuids(),
    name=queue_names,
    info=lines,
    mode=st.sampled_from(["hold", "direct"]),
    printer_id=st.none() | st.uuids(),
)
orders = st.builds(
    Order,
    order_id=st.uuids(),
    kind=st.sampled_from(["release", "delete"]),
    job_id=st.uuids(),
    printer_id=st.none() | st.uuids(),
    user_id=st.uuids(),
    issued_at=moments,
)
answers = st.builds(OrderAnswer, order_id=st.uuids(), done=st.booleans(), code=lines, sentence=lines)
