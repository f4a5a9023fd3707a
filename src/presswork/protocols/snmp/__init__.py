"""SNMP v1 and v2c: datagrams <-> messages (RFC 1157, RFC 3416), and the objects a printer is known by.

ber.py          the subset of BER that SNMP uses (RFC 3417 §8)
message.py      a message there and back
credentials.py  a community, or a user of version 3
mib.py          the objects of Printer-MIB, Host-Resources-MIB and others that are read, by name

Version 3 has no codec here: its security model is pysnmp's, behind the same driver (``net/snmp_v3.py``). Why there are
two: docs/decisions/0010.
"""
