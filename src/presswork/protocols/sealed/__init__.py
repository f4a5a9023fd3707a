"""The sealed document: one format at rest, on the relay and in cloud storage. Described in ``docs/reference/sealed.md``.

header.py    what stands before the chunks
stream.py    Sealer and Opener: a document in pieces; open_chunk: one chunk out of the middle
layout.py    which octets of a sealed document hold chunk n
keys.py      the document's key, wrapped for its holder (RFC 3394)
faults.py    the only exceptions these modules raise
"""
