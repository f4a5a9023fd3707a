"""A job gets from where it lies to the printer its owner stands at, and says how: ``situations.py`` says in which situations."""
