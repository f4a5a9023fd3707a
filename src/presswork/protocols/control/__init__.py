"""The vocabulary between the parts: server <-> agent and client <-> agent, typed once, imported by both ends.

    words.py       what the messages are made of: JobReport, QueueSpec, PrinterSpec, …
    device.py      ... of a device's own parts, and of the order to watch one; base.py what all words have in common
    agent.py       server <-> agent: enrolment, sync, wake
    client.py      client <-> agent on 21338: one request, one or more replies
    framing.py     frames of the client channel
    timeline.py    what happened to a job, and the sentence a person reads for it

Unknown fields are ignored; a new required field is a new protocol major.
"""
