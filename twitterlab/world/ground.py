"""What all nodes of one simulation stand on: kernel, loop, network, chance, trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from twitterlab.parts.given import Chance
from twitterlab.world.kernel import Kernel
from twitterlab.world.loop import VirtualLoop
from twitterlab.world.network import Network
from twitterlab.world.trace import Trace


@dataclass(slots=True)
class Ground:
    """One of each. `failure` is set to the first error that no program of the simulation meant to raise."""

    kernel: Kernel
    loop: VirtualLoop
    network: Network
    chance: Callable[[str], Chance]
    trace: Trace | None
    seed: int
    start_ms: int
    failure: asyncio.Future[None]
    numbers: count[int] = field(default_factory=lambda: count(1))

    def note(self, kind: str, **fields: Any) -> None:
        """Write one event to the trace."""
        if self.trace is not None:
            self.trace.event(self.kernel.now_ns, kind, fields)

    def fail(self, error: BaseException, where: str) -> None:
        """A bug in a program: end the run with it."""
        error.add_note(f"in the simulation: {where}, at {self.kernel.now_ns / 1e9:.6f} s")
        if not self.failure.done():
            self.failure.set_exception(error)
