"""A cancellation that got lost on its way up."""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """Raise CancelledError if this task was cancelled. Call it where an error is handled and the work goes on: when
    a connection breaks in the moment of the cancellation, `asyncio.wait_for` before Python 3.12 gives the error and
    drops the cancellation (CPython issue 86296), and a loop that goes on is never asked again."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
