"""Linux: peers by sock_diag, printing by cupsd.

sock_diag.py      asks the kernel about one TCP socket (netlink)
peers.py          Peers over it
accounts.py       user ids and account names
cupsd.py          requests to cupsd over its domain socket
queues.py         what a queue of ours is in cupsd, and what must change
jobs.py           cupsd's jobs in our queues
spooler.py        Spooler over them
rtnetlink.py      asks the kernel about interfaces, routes and neighbours
place.py          Place over it
configuration.py  what cups-files.conf says
"""
