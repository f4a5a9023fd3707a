"""Jobs of other computers come in, and ours go out to other computers: both ends of a transfer.

receiver.py      Receiver: what becomes of a transfer, one a kind of ticket; Transfer: what it works with
service.py       Relay: connections in, each to its transfer; admission.py how many
incoming.py      Incoming: a transfer as it is here; line_in.py one connection of it
records.py       what is remembered of transfers that had GO, through restarts
onward.py        Onward: the receiver that sends on to a printer
sender.py        Sender: a job of this computer to another one, and what became of it there
consignment.py   Consignment: a job on its way there; line_out.py one connection of it
hearsay.py       what that computer says of the device, written down now and then
wire.py          what the delivery knows, as messages, and back
trust.py         who this computer is to others, and whom it believes
deadlines.py     how long each wait may take
"""
