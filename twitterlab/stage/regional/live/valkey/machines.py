"""Machines that run in this process as they do in the simulation: they call one another, and keep files on a real disk.

They stand before real servers, whose methods are called in the same way (`shard.py`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from inspect import isawaitable
from pathlib import Path
from typing import Any

from twitterlab.errors import Refused, Uncertain
from twitterlab.world.cancellation import heed_cancellation
from twitterlab.world.live import LiveClock

Served = dict[str, Callable[[Any], Any]]
NO_DELAY: Mapping[str, float] = {}


class LiveDisk:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir() if path.suffix != ".part")

    async def read(self, name: str) -> bytes:
        return await asyncio.to_thread((self._folder / name).read_bytes)

    async def replace(self, name: str, content: bytes) -> None:
        """All of it or none, and on disk. Who is stopped meanwhile has it written, or the next life would meet it."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._replace, name, content))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing})
            raise

    async def fsync(self, name: str) -> None:
        """`replace` has waited for the disk already."""

    def _replace(self, name: str, content: bytes) -> None:
        part = self._folder / f"{name}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)


class Switchboard:
    """Who answers what. The news of a phase reaches some machines late: `news_ms` by name."""

    def __init__(self, news_ms: Mapping[str, float] = NO_DELAY) -> None:
        self.served: dict[str, Served] = {}
        self._news_ms = news_ms
        self._clock = LiveClock()

    async def call(self, target: str, method: str, body: Any, timeout_ms: float) -> Any:
        """Refused where nobody of that name answers; Uncertain when `timeout_ms` are over."""
        if method == "phase" and target in self._news_ms:
            await self._clock.sleep_ms(self._news_ms[target])
        handler = self.served.get(target, {}).get(method)
        if handler is None:
            raise Refused(f"{target} does not answer")
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                answer = handler(body)
                return await answer if isawaitable(answer) else answer
        except TimeoutError:
            raise Uncertain(f"{target} did not answer within {timeout_ms:.0f} ms") from None


class LiveMachine:
    """`Machine` of a scenario. `heard` is told what it logs. Stopped, it forgets everything but its `folder`."""

    def __init__(self, name: str, board: Switchboard, folder: Path, heard: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.clock, self.disk = name, LiveClock(), LiveDisk(folder)
        self._board, self._heard = board, heard
        self._tasks: list[asyncio.Task[Any]] = []

    def serve(self, method: str, handler: Callable[[Any], Any]) -> None:
        self._board.served.setdefault(self.name, {})[method] = handler

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._tasks.append(asyncio.create_task(coroutine))

    async def call(self, target: str, method: str, body: Any, timeout_ms: float) -> Any:
        try:
            return await self._board.call(target, method, body, timeout_ms)
        finally:
            heed_cancellation()

    def log(self, text: str) -> None:
        self._heard(text)

    async def stop(self) -> None:
        """In the middle of whatever it does."""
        self._board.served.pop(self.name, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def look(self) -> None:
        """Raise what one of its programs raised."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()
