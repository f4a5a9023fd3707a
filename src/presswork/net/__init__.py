"""asyncio drivers of the protocols, both ends: every socket we open ourselves.

http_client.py, http_client_exchange.py    HTTP/1.1 to one peer: TCP, TLS (pinned or by a CA), Unix socket
ipp_client.py                              IPP over it
http_server.py, http_exchange.py, http_message.py    HTTP/1.1 served
control.py, control_server.py              client <-> agent
snmp.py, snmp_reading.py, snmp_v3.py         SNMP v1, v2c and v3: reads a device
tls.py, certificate.py                     TLS contexts; the certificate of a local service
"""
