"""How agents of one tenant find each other on a LAN (UDP 21337). Described in ``docs/reference/discovery.md``.

entry.py    an entry of the roster: the server's word that this key is that computer's
"""
