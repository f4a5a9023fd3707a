"""The steps from an empty database to the tables of the domains; every start takes those that are missing.

`scripts/make_migration.py "what changes"` writes the next step from the difference between tables and models.
"""
