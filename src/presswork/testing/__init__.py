"""Factories and peers for tests, here and for others. The product never imports it."""
