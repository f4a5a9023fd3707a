"""The IPP Printer of RFC 8011, used by agent, simulator and server.

job.py         what a Printer knows of a Job
store.py       JobStore: what keeps the jobs; agent, simulator and server each bring their own
printer.py     the Printer object: checks a request, calls its operation, answers
operations/    one file an operation
status.py      faults -> IPP status codes
"""
