"""What differs between operating systems: who is at the other end of a connection, the printing system, the network.

host.py      Host: the interface the rest of the agent uses
default.py   the default destination, where no person chose one
queues.py    HostQueues: queues that are not ours, and jobs for them
keep.py      keeps queues and jobs of the printing system in step
chosen.py    which of them this computer has
linux/       sock_diag and cupsd
windows/     the print spooler's queues; nothing else of a Host yet
"""
