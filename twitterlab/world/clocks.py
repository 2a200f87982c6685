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
    """The clock of one machine: `step_ms` off, and running too fast by some millionths."""

    def __init__(self, kernel: Kernel, start_ms: int) -> None:
        self._kernel = kernel
        self.step_ms = 0
        self._drift_ppm = 0
        self._since_ns = kernel.now_ns
        self._shown_ns = start_ms * NS_PER_MS + kernel.now_ns  # at `_since_ns`, without the step

    def now_ns(self) -> int:
        """Nanoseconds since the Unix epoch, as this machine sees it."""
        passed_ns = self._kernel.now_ns - self._since_ns
        return self._shown_ns + self.step_ms * NS_PER_MS + passed_ns + passed_ns * self._drift_ppm // PPM

    def now_ms(self) -> int:
        return self.now_ns() // NS_PER_MS

    async def sleep_ms(self, duration_ms: float) -> None:
        """Sleep as long as this machine believes it to be."""
        await asyncio.sleep(duration_ms / 1000 * PPM / (PPM + self._drift_ppm))

    @property
    def drift_ppm(self) -> int:
        """Millionths by which it runs too fast."""
        return self._drift_ppm

    @drift_ppm.setter
    def drift_ppm(self, ppm: int) -> None:
        self._shown_ns, self._since_ns = self.now_ns() - self.step_ms * NS_PER_MS, self._kernel.now_ns
        self._drift_ppm = ppm
