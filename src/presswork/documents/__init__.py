"""What is printed: what kind of document it is, how many pages it has, and how its pages look.

inspect.py   the kind, from the first octets; the number of pages
render.py    pictures of the pages
convert.py   plain text as a PDF; text.py: how it is laid out
sandbox.py   has a document read in a throw-away process, talks to it, ends it
nursery.py   bears those processes: loads what they need once, forks one a document
worker.py    what they do: the only place where a document is parsed
"""
