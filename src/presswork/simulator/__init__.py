"""Printers that misbehave on order, for the demo and for tests.

command.py     `presswork simulate printer`
simulator.py   one simulated printer
serve.py       lets it listen: IPP or IPPS, RAW, its page; `simulate` for tests
faults.py      what can be wrong with it, switched while it runs
store.py       its jobs (a JobStore in memory); documents.py what they have of documents
device.py      what an operator may do to it over IPP
engine.py      takes jobs in order and "prints" them
output.py      what came out, and how it looks
snmp.py        SNMP: answers with printer_mib.py
raw.py         RAW: a connection is a job
page.py        the page as HTML; web.py answers it
certificate.py a certificate of its own for IPPS
"""
