"""What is printed: what kind of document it is, how many pages it has, and how its pages look.

inspect.py   the kind, from the first octets; the number of pages
render.py    pictures of the pages
sandbox.py   starts the throw-away process, talks to it, ends it
worker.py    that process: the only place where a document is parsed
"""
