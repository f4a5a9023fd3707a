"""The Internet Printing Protocol: encoding (RFC 8010), model words (RFC 8011), registry (IANA).

values.py      what an attribute can hold; each value knows its tag
message.py     attribute, group, message
parser.py      bytes -> Message, fed in any pieces; what follows the message is document data
encoder.py     Message -> bytes
registry.py    generated: operations, status codes, attribute syntaxes, keywords
limits.py      how deep, how many, how long
"""
