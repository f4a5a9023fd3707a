"""Windows: so far the queues of its print spooler, for the redirector; the rest of a Host is not written.

winspool.py     the functions of winspool.drv that are used, and their structures
logon.py        a thread becomes a user of this computer or its domain, without a password (S4U)
own_thread.py   blocking calls on a thread of their own
faults.py       what Windows' error numbers mean to a person
handing.py      one job for one queue: the calls in their order
host_queues.py  HostQueues over them
system.py       HostQueues with Windows' own libraries
"""
