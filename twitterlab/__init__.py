"""Hands-On Twitter System Design: a Twitter in 25 days, one part a day."""

from __future__ import annotations

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`from twitterlab import lab`, for notebooks: loaded when it is asked for, and not before."""
    if name == "lab":
        from importlib import import_module

        return import_module("twitterlab.course.notebook")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
