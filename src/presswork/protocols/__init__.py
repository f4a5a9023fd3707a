"""Bytes to typed messages and back, and pure decisions. No sockets, clocks, randomness or logging: all are arguments."""
