"""Which other agents of the organisation are on this computer's LANs (UDP 21337).

    face.py        Neighbours: what the rest of the agent asks
    key.py         the key that signs beacons
    start.py       the number of this start
    entry.py       this computer's entry of the roster, as the server sent it
    spots.py       on which of its addresses it takes part
    discovery.py   Discovery: runs it

It only proposes: nothing that arrives there makes a connection or changes a setting.
"""

from presswork.agent.discovery.discovery import Discovery
from presswork.agent.discovery.face import Here, Neighbours

__all__ = ["Discovery", "Here", "Neighbours"]
