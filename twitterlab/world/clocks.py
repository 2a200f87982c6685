"""What time it is on one machine: nearly the same as on the next, which is the trouble with clocks."""

from __future__ import annotations

import asyncio

from twitterlab.world.kernel import Kernel

NS_PER_MS = 1_000_000
PPM = 1_000_000


class SimClock:
    """The clock of the simulation itself: the time that no machine knows exactly."""

    def __init__(self, kernel: Kernel, start_ms: int) -> None:
        self._kernel, self._start_ms = kernel, start_ms

    def now_ms(self) -> int:
        return self._start_ms + self._kernel.now_ns // NS_PER_MS

    def elapsed_ns(self) -> int:
        """Nanoseconds since the simulation began."""
        return self._kernel.now_ns

    async def sleep_ms(self, duration_ms: float) -> None:
        await asyncio.sleep(duration_ms / 1000)


class MachineClock:
    """The clock of one machine: off by `step`, and running too fast by `drift_ppm` millionths."""

    def __init__(self, kernel: Kernel, start_ms: int, step_ms: int = 0, drift_ppm: int = 0) -> None:
        self._kernel = kernel
        self._local_ns = (start_ms + step_ms) * NS_PER_MS  # what it showed at `_since_ns`
        self._since_ns = kernel.now_ns
        self._drift_ppm = drift_ppm

    @property
    def drift_ppm(self) -> int:
        return self._drift_ppm

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch, as this machine sees it."""
        passed = self._kernel.now_ns - self._since_ns
        return self._local_ns + passed + passed * self._drift_ppm // PPM

    def now_ms(self) -> int:
        return self.now_ns() // NS_PER_MS

    async def sleep_ms(self, duration_ms: float) -> None:
        """Sleep as long as this machine believes it to be."""
        await asyncio.sleep(duration_ms / 1000 * PPM / (PPM + self._drift_ppm))

    def step(self, step_ms: int) -> None:
        """Set it forward, or back."""
        self._local_ns += step_ms * NS_PER_MS

    def drift(self, ppm: int) -> None:
        """From now on run `ppm` millionths too fast."""
        self._local_ns, self._since_ns = self.now_ns(), self._kernel.now_ns
        self._drift_ppm = ppm
