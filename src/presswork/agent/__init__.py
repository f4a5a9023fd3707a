"""The service on every computer.

command.py   `presswork agent …`
app.py       the composition root: starts every long-running part in one TaskGroup
intake/      jobs come in: the local web server (21339), the IPP printers of this computer's queues
delivery/    jobs go out: one file a URI scheme; followed to printed, not printed or unknown
link/        to the server: enrolment, signed requests, sync, wake
local/       to the person's client: 21338
spool/       the jobs and their sealed documents: one SQLite writer thread, one file a document
host/        what differs between operating systems: spooler, accounts, peers (linux, windows, darwin)
"""
