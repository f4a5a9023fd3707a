"""Jobs of other computers come in, and ours go out to other computers: both ends of a transfer.

receiver.py   Receiver: what becomes of a transfer, one a kind of ticket; Transfer: what it works with
sender.py     Sender: a job of this computer to another one, and what became of it there
deadlines.py  how long each wait may take
"""
