"""Hands-On Twitter System Design: a Twitter in 25 days, one part a day."""

from __future__ import annotations

__version__ = "0.1.0"
