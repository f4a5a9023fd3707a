"""Subscriptions and their events (RFC 3995, RFC 3996)."""

from __future__ import annotations

import pytest

from presswork.printer.events import EVENT_LIFE, LONGEST_LEASE
from presswork.printer.job import JobState
from presswork.printer.model import PrinterState, PrinterStateValue
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.syntax import syntax_of
from presswork.protocols.ipp.values import Keyword, Tag, Uri, Value
from presswork.testing.office_printer import ANYBODY, URI, OfficePrinter, pieces
from presswork.testing.pdf import make_pdf

PULL = Attribute.of("notify-pull-method", Keyword("ippget"))


def events(*names: str) -> Attribute:
    return Attribute("notify-events", tuple(map(Keyword, names)))


def group(*attributes: Attribute) -> Group:
    return Group(Tag.SUBSCRIPTION, attributes)


def number(value: int = 1) -> Attribute:
    return Attribute.of("notify-subscription-id", value)


async def subscribed(*names: str) -> OfficePrinter:
    office = OfficePrinter(whole=True)
    reply = await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(group(PULL, events(*names)),))
    assert reply.code == Status.SUCCESSFUL_OK
    return office


async def notifications(office: OfficePrinter, *more: Attribute, user: str = "alice") -> list[dict[str, Value]]:
    ids = Attribute.of("notify-subscription-ids", 1)
    reply = await office.call(Operation.GET_NOTIFICATIONS, ids, *more, user=user)
    assert reply.code == Status.SUCCESSFUL_OK
    return [{one.name: one.value for one in found} for found in reply.all(Tag.EVENT_NOTIFICATION)]


async def test_3995_11_1_2_each_group_is_granted_or_refused_by_itself() -> None:
    office = OfficePrinter(whole=True)
    groups = (
        group(PULL),
        group(PULL, Attribute.of("notify-lease-duration", 60), Attribute.of("notify-user-data", b"mine")),
        group(PULL, Attribute.of("notify-lease-duration", 0)),
        group(Attribute.of("notify-recipient-uri", Uri("mailto:a@example.org"))),
        group(),
        group(PULL, events("moon-is-full")),
        group(PULL, Attribute.of("notify-user-data", b"x" * 64)),
        group(PULL, Attribute.of("x-unknown", 1)),
    )
    reply = await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=groups)
    assert reply.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
    answers = [{one.name: one.value for one in found} for found in reply.all(Tag.SUBSCRIPTION)]
    wrong = {"notify-status-code": Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED}
    assert answers == [
        {"notify-subscription-id": 1, "notify-lease-duration": 3600},
        {"notify-subscription-id": 2, "notify-lease-duration": 60},
        {"notify-subscription-id": 3, "notify-lease-duration": LONGEST_LEASE},
        {"notify-status-code": Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED},
        *[wrong] * 4,
    ]


async def test_3995_11_1_2_when_none_is_granted() -> None:
    office = OfficePrinter(whole=True)
    reply = await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(group(),))
    assert reply.code == Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
    assert (await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS)).code == Status.CLIENT_ERROR_BAD_REQUEST


async def test_subscriptions_are_bounded() -> None:
    office = OfficePrinter(whole=True)
    for _ in range(5):
        reply = await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(group(PULL),) * 20)
        assert reply.code == Status.SUCCESSFUL_OK
    reply = await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(group(PULL),))
    code = reply.group(Tag.SUBSCRIPTION).get("notify-status-code")
    assert code is not None
    assert code.value == Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS
    office.clock.advance(hours=2)
    reply = await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(group(PULL),))
    assert reply.code == Status.SUCCESSFUL_OK


async def test_3996_5_events_of_a_job() -> None:
    office = await subscribed("job-created", "job-state-changed", "job-completed")
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    await office.call(Operation.CANCEL_JOB, Attribute.of("job-id", 1))
    happened = await notifications(office)
    assert [one["notify-subscribed-event"] for one in happened] == ["job-created", "job-state-changed", "job-completed"]
    assert [one["notify-sequence-number"] for one in happened] == [1, 2, 3]
    assert [one["job-state"] for one in happened] == [JobState.PENDING_HELD, JobState.PENDING, JobState.CANCELED]
    assert happened[2]["notify-text"] == "Job 1 is canceled."
    later = await notifications(office, Attribute.of("notify-sequence-numbers", 3))
    assert [one["notify-sequence-number"] for one in later] == [3]


async def test_3995_5_3_3_5_a_wider_event_takes_in_the_narrower() -> None:
    office = await subscribed("printer-state-changed")
    office.printer.state = PrinterState(PrinterStateValue.STOPPED, ("media-empty-error",), "Out of paper.")
    office.printer.state = PrinterState(PrinterStateValue.STOPPED, ("media-empty-error",), "Out of paper.")
    office.printer.state = PrinterState()
    happened = await notifications(office)
    assert [one["notify-subscribed-event"] for one in happened] == ["printer-state-changed"] * 2
    assert [one["printer-state"] for one in happened] == [5, 3]
    assert happened[0]["notify-text"] == "Out of paper."


async def test_3995_5_3_3_only_what_was_asked_for() -> None:
    office = await subscribed("printer-stopped")
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    office.printer.state = PrinterState(PrinterStateValue.PROCESSING)
    assert await notifications(office) == []


async def test_3996_8_events_have_a_life_and_a_bound() -> None:
    office = await subscribed("job-created")
    for _ in range(150):
        await office.call(Operation.CREATE_JOB)
    happened = await notifications(office)
    assert [one["notify-sequence-number"] for one in happened] == list(range(51, 151))
    office.clock.advance(seconds=EVENT_LIFE + 1)
    assert await notifications(office) == []


async def test_every_attribute_of_an_event_has_its_registered_syntax() -> None:
    office = await subscribed("job-created", "printer-state-changed")
    await office.call(Operation.CREATE_JOB)
    office.printer.state = PrinterState(PrinterStateValue.PROCESSING)
    message = request(Operation.GET_NOTIFICATIONS, 1, URI, "alice", [Attribute.of("notify-subscription-ids", 1)])
    reply = await office.printer.answer(message, pieces(b""), ANYBODY)
    assert reply.encode((2, 0), 1) == encode(reply.message((2, 0), 1))
    said = reply.message((2, 0), 1)
    assert said.groups[0].get("notify-get-interval") is not None
    for found in said.all(Tag.EVENT_NOTIFICATION):
        for attribute in found:
            syntax = syntax_of("Event Notifications", attribute.name)
            assert syntax is not None, attribute.name
            assert syntax.accepts(attribute), attribute


@pytest.mark.parametrize(
    "operation",
    [Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION],
)
async def test_a_subscription_is_its_owners_alone(operation: Operation) -> None:
    office = await subscribed("job-created")
    assert (await office.call(operation, number(), user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(operation, number(2))).code == Status.CLIENT_ERROR_NOT_FOUND
    assert (await office.call(operation)).code == Status.CLIENT_ERROR_BAD_REQUEST
    assert (await office.call(operation, number())).code == Status.SUCCESSFUL_OK


async def test_events_are_read_by_the_owner_alone() -> None:
    office = await subscribed("job-created")
    ids = Attribute.of("notify-subscription-ids", 1)
    assert (await office.call(Operation.GET_NOTIFICATIONS, ids, user="bob")).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert (await office.call(Operation.GET_NOTIFICATIONS)).code == Status.CLIENT_ERROR_BAD_REQUEST


async def test_3995_11_2_4_its_attributes() -> None:
    office = await subscribed("job-created", "job-completed")
    await office.call(Operation.CREATE_JOB)
    reply = await office.call(Operation.GET_SUBSCRIPTION_ATTRIBUTES, number())
    values = {one.name: one for one in reply.group(Tag.SUBSCRIPTION)}
    assert values["notify-events"].values == ("job-created", "job-completed")
    assert values["notify-sequence-number"].value == 1
    assert values["notify-subscriber-user-name"].value == "alice"
    for attribute in values.values():
        syntax = syntax_of("Subscription Status", attribute.name) or syntax_of("Subscription Template", attribute.name)
        assert syntax is not None, attribute.name
        assert syntax.accepts(attribute), attribute
    asked = Attribute.of("requested-attributes", Keyword("notify-events"))
    reply = await office.call(Operation.GET_SUBSCRIPTION_ATTRIBUTES, number(), asked)
    assert [one.name for one in reply.group(Tag.SUBSCRIPTION)] == ["notify-events"]


def ids_of(reply: Message) -> list[Value]:
    return [one.value for found in reply.all(Tag.SUBSCRIPTION) for one in found if one.name == "notify-subscription-id"]


async def test_3995_11_2_5_the_list() -> None:
    office = OfficePrinter(whole=True)
    for user in ("alice", "bob", "alice"):
        await office.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(group(PULL),), user=user)
    assert ids_of(await office.call(Operation.GET_SUBSCRIPTIONS)) == [1, 3]
    assert ids_of(await office.call(Operation.GET_SUBSCRIPTIONS, Attribute.of("my-subscriptions", True))) == [1, 3]
    assert ids_of(await office.call(Operation.GET_SUBSCRIPTIONS, Attribute.of("limit", 1))) == [1]
    assert ids_of(await office.call(Operation.GET_SUBSCRIPTIONS, Attribute.of("notify-job-id", 1))) == []


async def test_3995_11_2_6_renewed_it_lives_on_cancelled_it_is_gone() -> None:
    office = await subscribed("job-created")
    office.clock.advance(minutes=50)
    lease = Attribute.of("notify-lease-duration", 7200)
    reply = await office.call(Operation.RENEW_SUBSCRIPTION, number(), groups=(group(lease),))
    assert reply.group(Tag.SUBSCRIPTION).attributes == (lease,)
    office.clock.advance(minutes=50)
    assert (await office.call(Operation.GET_SUBSCRIPTION_ATTRIBUTES, number())).code == Status.SUCCESSFUL_OK
    too_long = group(Attribute.of("notify-lease-duration", LONGEST_LEASE + 1))
    reply = await office.call(Operation.RENEW_SUBSCRIPTION, number(), groups=(too_long,))
    assert reply.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert (await office.call(Operation.CANCEL_SUBSCRIPTION, number())).code == Status.SUCCESSFUL_OK
    assert (await office.call(Operation.CANCEL_SUBSCRIPTION, number())).code == Status.CLIENT_ERROR_NOT_FOUND
