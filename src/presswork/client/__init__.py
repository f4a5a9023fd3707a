"""The person's side, in their own session: it knows the agent of this computer and nobody else.

command.py        `presswork sign-in | print | jobs | release | delete`
actions.py        what these commands do
conversation.py   asks the agent (21338)
trust.py          reads the agent's certificate, if only root or the agent could have written it
words.py          jobs in plain words
show.py           what is printed: tables and bars at a terminal, plain lines elsewhere
"""
