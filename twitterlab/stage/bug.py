"""A run that broke off, as a broken promise: what was raised, on which line of whose code, and when."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

from twitterlab.world import sim

PROMISE = "runs to its end"
_PLUMBING = (Path(asyncio.__file__).parent, Path(sim.__file__).parent)
_OURS = Path(__file__).with_name("scenario.py")


def sentence(error: BaseException) -> str:
    """The error in one line, with the innermost line that is neither asyncio's nor the simulation's own."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    theirs = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent not in _PLUMBING and Path(frame.filename) != _OURS
    ]
    where = f" ({theirs[-1].filename}:{theirs[-1].lineno} `{theirs[-1].line}`)" if theirs else ""
    return "; ".join([said + where, *getattr(error, "__notes__", ())])
