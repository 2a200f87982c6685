"""Passwords and sessions: the port and its engines."""
