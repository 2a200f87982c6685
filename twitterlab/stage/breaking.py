"""Breaking a live run on purpose: kill its worker, flush its cache, step its clock. Orders come from a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

BREAKABLE = ("worker", "cache", "clock")
STEP_MS = -500
DEAD_MS = 1_000
LEASE_MS = 2_000
"""What a killed worker held is taken over this soon, so that a short run shows it."""
Break = Callable[[], Awaitable[None]]


class Orders:
    """Lines that somebody appends to a file, each read once."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def new(self) -> list[str]:
        """Those since the last look; a line that is not finished yet waits."""
        try:
            lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        except OSError:
            return []
        fresh, self._read = lines[self._read :], len(lines)
        return fresh


async def obey(orders: Orders, breaks: Mapping[str, Break]) -> None:
    """Do what was ordered; what nobody knows is not done."""
    for word in orders.new():
        if word in breaks:
            await breaks[word]()
