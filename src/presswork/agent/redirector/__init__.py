"""What a print server does for Presswork: jobs go out to its queues, and come in from systems that know nothing of us.

outward.py   QueueReceiver: a transfer becomes a job of a queue here
"""

from presswork.agent.redirector.outward import QueueReceiver

__all__ = ["QueueReceiver"]
