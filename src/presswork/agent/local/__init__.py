"""To the person's client on this computer: 21338.

server.py        LocalServer: accepts, asks the kernel who it is, limits each account
session.py       one connection: a request, its replies, its end
operations.py    one small function an operation; each touches only the account's own jobs
services.py      what the operations need of the rest of the agent
views.py         jobs as the client is told of them
certificate.py   the certificate that only root or the agent could have written
"""
