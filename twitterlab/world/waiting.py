"""Says who waits, and on which line: for the messages about runs that do not end."""

from __future__ import annotations

import asyncio
import linecache
from pathlib import Path
from types import FrameType
from typing import Any

SHOWN_TASKS = 10
"""Tasks that a message names."""
_PLUMBING = (Path(asyncio.__file__).parent, Path(__file__).parent)


def who_waits(loop: asyncio.AbstractEventLoop) -> str:
    """The tasks of a loop that are not done, each with its place: those in programs first, then the oldest."""
    tasks = sorted(asyncio.all_tasks(loop), key=lambda task: (not _theirs(_frames(task.get_coro())), hash(task)))
    lines = [f"{task.get_name()} at {_place(task)}" for task in tasks[:SHOWN_TASKS]]
    more = f" and {len(tasks) - SHOWN_TASKS} more" if len(tasks) > SHOWN_TASKS else ""
    return f"{len(tasks)} tasks: " + "; ".join(lines) + more


def _place(task: asyncio.Task[Any]) -> str:
    """Where a task waits: file, line and the line's text, of the innermost frame that is neither asyncio's nor ours."""
    frames = _frames(task.get_coro())
    if not frames:
        return "its start"
    frame = (_theirs(frames) or frames)[-1]
    name, line = frame.f_code.co_filename, frame.f_lineno
    return f"{name}:{line} `{linecache.getline(name, line).strip()}`"


def _theirs(frames: list[FrameType]) -> list[FrameType]:
    return [frame for frame in frames if Path(frame.f_code.co_filename).parent not in _PLUMBING]


def _frames(awaiting: Any) -> list[FrameType]:
    """The frames of a suspended coroutine, the outermost first."""
    found: list[FrameType] = []
    while awaiting is not None:
        frame = getattr(awaiting, "cr_frame", None) or getattr(awaiting, "gi_frame", None)
        if frame is not None:
            found.append(frame)
        awaiting = getattr(awaiting, "cr_await", None) or getattr(awaiting, "gi_yieldfrom", None)
    return found
