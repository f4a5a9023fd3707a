"""What every domain of the server stands on; knows none of them.

database.py     engine, sessions, column types, tenant scope
events.py       news to those who wait in this process
secrets.py      tokens, their hashes, and sealing of secrets at rest
authority.py    X.509: the installation's certificate authority
rates.py        limits for what can be guessed
problems.py     faults as HTTP problems (RFC 9457)
manners.py      request ids, security headers, body limits
text.py         checks of what people type
context.py      what a front is built with
listening.py    the port: its socket and HTTP server
certificate.py  what the port shows
"""
