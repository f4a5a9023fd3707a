"""The cloud. Imports point downward only, and only at each other's package face.

app.py       the composition root: start-up, TLS, the web application, periodic work
command.py   `presswork server …`
doctor.py    `presswork server doctor`
start.py     from settings to what the fronts are built with
schema.py    brings the tables to what the models say
migrations/  the steps for that
fronts/      what speaks to the outside: web (people), control (agents), rest (programs). Parse, one service call, render
jobs/        the projection of what the holders of documents report, and the orders to them
queues/      queues on the computers, and the state each computer is to have
printers/    printers, and what agents learned of them
computers/   enrolment, certificates, signed requests, presence, whose account is whose
identity/    users, passwords, sessions
audit/       who did what: append-only
tenants/     tenants, roles, the installation and its CA
platform/    database, events, secrets, certificates, HTTP manners: knows no domain
"""
