"""Queues on the computers, who sees them, and the state each computer is to have."""

from presswork.server.queues.audience import (
    Audience,
    QueueOnRequest,
    ask_for_queue,
    audience,
    default_of_network,
    hide_from_group,
    hide_on_network,
    queues_on_request,
    set_default,
    show_on_network,
    show_to_group,
)
from presswork.server.queues.desired import desired_state, queues_there
from presswork.server.queues.models import Mode, Queue
from presswork.server.queues.permission import may_print
from presswork.server.queues.service import (
    add_queue,
    change_queue,
    find_queue,
    get_queue,
    list_queues,
    queue_names,
    queues_of_jobs,
    remove_queue,
)
from presswork.server.queues.sight import Because, Reason, Sight
from presswork.server.queues.why import Answer, AtComputer, OfQueue, sentence, why

__all__ = [
    "Answer",
    "AtComputer",
    "Audience",
    "Because",
    "Mode",
    "OfQueue",
    "Queue",
    "QueueOnRequest",
    "Reason",
    "Sight",
    "add_queue",
    "ask_for_queue",
    "audience",
    "change_queue",
    "default_of_network",
    "desired_state",
    "find_queue",
    "get_queue",
    "hide_from_group",
    "hide_on_network",
    "list_queues",
    "may_print",
    "queue_names",
    "queues_of_jobs",
    "queues_on_request",
    "queues_there",
    "remove_queue",
    "sentence",
    "set_default",
    "show_on_network",
    "show_to_group",
    "why",
]
