"""The Internet Printing Protocol: encoding (RFC 8010), model words (RFC 8011), registry (IANA).

values.py      what an attribute can hold; each value knows its tag
message.py     attribute, group, message
parser.py      bytes -> Message, fed in any pieces; what follows the message is document data
decode.py      ... one value
encoder.py     Message -> bytes
encode.py      ... one value
limits.py      how deep, how many, how long
errors.py      what can be wrong with a message
text.py        text from others: whether it is clean, and how it is shown
syntax.py      what an attribute may hold, as the registry says it
uri.py         the address of a printer
request.py     a request put together in the order RFC 8011 asks for
registry.py    generated: operations, status codes, attribute syntaxes, keywords, enums
"""
