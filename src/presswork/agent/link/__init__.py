"""To the server: enrolment, signed requests, sync, wake.

    link.py         Link: the face of this folder; runs the loops, knows whether the server is there
    hello.py        who this agent says it is, and what runs here for other computers
    enrolment.py    a code becomes an identity; the certificate is renewed
    identity.py     key, certificate, CA and server address: files of the agent's directory
    identified.py   the identity, for the parts that speak to other agents
    proof.py        DPoP proofs (RFC 9449)
    server_time.py  the offset to the server's clock, by which everything signed is dated
    requests.py     signed HTTPS requests; refusals and silence as faults
    sync.py         one exchange: reports out, desired state and orders in
    routes.py       questions about routes
    orders.py       orders become changes of the spool, once each
    printers.py     what was learned about printers and is still to be told
    place.py        where this computer is, for the next sync
    wake.py         the WebSocket that says "there is news"
    pace.py         when to exchange next

The agent works without the server: whatever is here fails alone, tries again by itself and is logged once a change.
"""
