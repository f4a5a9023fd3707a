"""What speaks to the outside. A front parses, calls one service function, renders.

control/   agents: signed requests and the line on which they are woken
rest/      programs: the CA certificate, the health check
web/       people: the console
"""
