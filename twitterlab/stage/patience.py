"""Time limits of live runs that a stopped machine does not use up.

A limit by the clock runs on while the process stands still, because the machine does other work or sleeps; then
everything that was under way seems to have failed. `patience` counts the time in which somebody could have answered:
however long it stands still at a stretch, that is one slice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
SLICES = 20


class Patience:
    """`async with Patience(seconds)`: TimeoutError once the loop was free to answer for that long."""

    __slots__ = ("_bound", "_left", "_slice_s", "_timer")

    def __init__(self, seconds: float) -> None:
        self._slice_s, self._left = seconds / SLICES, SLICES
        self._bound = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._bound.__aenter__()
        self._timer = asyncio.get_running_loop().call_later(self._slice_s, self._wait_on)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        await self._bound.__aexit__(kind, error, trace)

    def _wait_on(self) -> None:
        loop = asyncio.get_running_loop()
        self._left -= 1
        if self._left:
            self._timer = loop.call_later(self._slice_s, self._wait_on)
        else:
            self._bound.reschedule(loop.time())


async def within(seconds: float, answer: Awaitable[T]) -> T:
    """The answer, if it comes within `Patience(seconds)`; TimeoutError if not."""
    async with Patience(seconds):
        return await answer
