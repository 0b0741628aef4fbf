"""Starts what the Python tests talk to: a real daemon, on a device of each kind."""
