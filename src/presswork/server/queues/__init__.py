"""Queues on the computers, and the state each computer is to have."""

from presswork.server.queues.models import Mode, Queue
from presswork.server.queues.service import (
    add_queue,
    change_queue,
    desired_state,
    get_queue,
    list_queues,
    queue_names,
    remove_queue,
)

__all__ = [
    "Mode",
    "Queue",
    "add_queue",
    "change_queue",
    "desired_state",
    "get_queue",
    "list_queues",
    "queue_names",
    "remove_queue",
]
