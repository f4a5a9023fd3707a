"""What printers are and how they are: read from the devices by IPP and SNMP.

facts.py        one typed record of a device, and how two readings become one
ipp_facts.py    Get-Printer-Attributes -> facts
snmp_facts.py   Printer-MIB and Host-Resources-MIB -> facts
alerts.py       what the MIBs call troubles -> ``printer-state-reasons``
keyed.py        keyed texts: IEEE 1284 device ids, ``printer-supply``
parts.py        levels, colours, sizes
examine.py      asks one device in every way; credentials.py with what
poller.py       looks at those this computer watches, in the pace of pace.py
counters.py     page counters, for ways that say nothing of a job
"""
