"""How agents of one tenant find each other on a LAN (UDP 21337). Described in ``docs/reference/discovery.md``.

    entry.py      an entry of the roster: the server's word that this key is that computer's
    packets.py    beacon, challenge, answer: octets and back, signed and verified
    budgets.py    so many a second, in all and for each source
    schedule.py   when the next beacon goes: the more computers there are, the later
    tables.py     who was heard, who is asked, who is proven: each bounded
    marks.py      how far each computer is, whom it is no use to ask, and whom others ask
    choice.py     which of those that are here does a chore
    bearer.py     this computer, as the others see it
    segment.py    one network: what a datagram or the time makes of all that

No clock, no chance, no socket: those are arguments.
"""
