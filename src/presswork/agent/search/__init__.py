"""The search for printers on the networks of this computer, as the server orders it.

addresses.py   which addresses a search asks
answers.py     who answers there at all
search.py      one search: asks, listens, reads what is a printer
searches.py    those that are ordered, and what the server is still to be told
"""
