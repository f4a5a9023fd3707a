"""One job from its holder to another computer of the organisation. Described in ``docs/reference/relay.md``.

framing.py    frames: messages, sealed chunks, signs of life
messages.py   the messages, and the order of a transfer
ends.py       what a receiver may say became of a job
states.py     who may say what when: both ends, pure
"""
