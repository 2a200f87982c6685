"""An asyncio event loop on the simulation's kernel: ordinary async code, in virtual time, deterministic.

What makes asyncio differ between two runs, and its cure here: the clock (the kernel's, in whole
nanoseconds), sets of tasks and futures in the order of their addresses (hashes are sequence numbers),
finalisers whenever the collector runs (at fixed points), threads and sockets (refused: `seal.py`).
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import base_events
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeVar

from twitterlab.world.kernel import FOREVER, Deadlock, Kernel, Livelock, Timer
from twitterlab.world.life import LIFE
from twitterlab.world.seal import Collector, NotInSimulation, refuse_the_outside, sealed
from twitterlab.world.waiting import who_waits

T = TypeVar("T")
START_MS = 1_700_000_000_000
"""Virtual runs begin here unless told otherwise: 2023-11-14 22:13:20 UTC."""


class SequencedFuture(asyncio.Future[T]):
    """A future whose hash is its number in the loop, not its address in memory."""

    __slots__ = ("_number",)
    _number: int

    def __hash__(self) -> int:
        return self._number


class SequencedTask(asyncio.Task[T]):
    """A task whose hash is its number in the loop, not its address in memory."""

    def __init__(self, coro: Any, *, loop: VirtualLoop, **kwargs: Any) -> None:
        self._number = loop.next_number()
        context = kwargs.get("context")
        self.life = LIFE.get() if context is None else context.get(LIFE)
        super().__init__(coro, loop=loop, **kwargs)

    def __hash__(self) -> int:
        return self._number


class Due:
    """A scheduled callback: asyncio's Handle. What belongs to a dead process is not run."""

    __slots__ = ("_args", "_callback", "_cancelled", "_context", "_loop", "_when_ns")

    def __init__(self, loop: VirtualLoop, callback: Callable[..., object], args: Any, context: Context | None) -> None:
        self._loop, self._callback, self._args = loop, callback, args
        self._context = copy_context() if context is None else context
        self._cancelled = False
        self._when_ns = loop.kernel.now_ns

    def cancel(self) -> None:
        self._cancelled = True

    def cancelled(self) -> bool:
        return self._cancelled

    def when(self) -> float:
        return self._when_ns / 1e9

    def run(self) -> None:
        if self._cancelled:
            return
        life = self._context.get(LIFE)
        if life is not None and not life.is_running:
            life.hold(self.run)
            return
        try:
            self._context.run(self._callback, *self._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            message = f"Exception in callback {self._callback!r}"
            self._loop.call_exception_handler({"message": message, "exception": error})
        del self  # a task's error refers to this frame: through it the task would keep itself alive, and unseen


class DueLater(Due):
    """A `Due` with a timer of the kernel under it."""

    __slots__ = ("timer",)
    timer: Timer

    def cancel(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self.timer.cancel()


class VirtualLoop(base_events.BaseEventLoop):
    """An event loop whose time only moves when nothing is left to do now."""

    is_virtual = True

    def __init__(self, start_ms: int = START_MS, kernel: Kernel | None = None) -> None:
        super().__init__()
        self.kernel = kernel or Kernel()
        if self.kernel.between is None:
            self.kernel.between = Collector()
        self._ready_now = self.kernel._ready.append  # what `Kernel.soon` does: this is the hot path
        self._start_ms = start_ms
        self._numbers = 0
        self.limit_ns = FOREVER
        self.set_task_factory(_task)  # type: ignore[arg-type]

    def time(self) -> float:
        """Seconds since the start: as a float it stays exact to the nanosecond for months."""
        return self.kernel.now_ns / 1e9

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self._start_ms + self.kernel.now_ns // 1_000_000

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def create_future(self) -> asyncio.Future[Any]:
        future: SequencedFuture[Any] = SequencedFuture(loop=self)
        self._numbers += 1
        future._number = self._numbers
        return future

    def call_soon(  # type: ignore[override]  # asyncio's Handle has no interface, only a class
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Due:
        due = Due(self, callback, args, context)
        self._ready_now((due.run, ()))
        return due

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Due:
        if self._thread_id not in (None, threading.get_ident()):  # type: ignore[attr-defined]
            raise NotInSimulation("a call from another thread", "Start a task: asyncio.create_task.")
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> DueLater:
        due = DueLater(self, callback, args, context)
        delay_ns = max(0, round(delay * 1e9))
        due._when_ns += delay_ns
        due.timer = self.kernel.timer(delay_ns, due.run)
        return due

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> DueLater:
        due = DueLater(self, callback, args, context)
        due._when_ns = max(self.kernel.now_ns, round(when * 1e9))
        due.timer = self.kernel.timer(due._when_ns - self.kernel.now_ns, due.run)
        return due

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """Also from within a real loop, such as a notebook's: that one waits meanwhile."""
        outer = asyncio._get_running_loop()
        if not getattr(outer, "is_virtual", False):
            asyncio._set_running_loop(None)
        try:
            return super().run_until_complete(future)
        finally:
            asyncio._set_running_loop(outer)

    def stop(self) -> None:
        super().stop()
        self.kernel.stop()

    def close(self) -> None:
        """End it. Tasks that still wait are left alone: in a simulation background work never ends by itself."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        super().close()

    def __del__(self) -> None:
        """There is nothing of the system to give back, so a loop that was never closed is no leak."""

    def _run_once(self) -> None:
        """What BaseEventLoop calls until it is stopped: here one call runs everything."""
        if self._stopping:  # type: ignore[attr-defined]
            return
        try:
            with sealed():
                self.kernel.run(self.limit_ns)
        except Livelock as error:
            raise Livelock(f"{error}; {who_waits(self)}") from None
        if self._stopping:  # type: ignore[attr-defined]
            return
        if not self.kernel.is_idle:
            raise Livelock(f"livelock: not done in {self.limit_ns / 1e9:,.0f} s of simulated time; {who_waits(self)}")
        raise Deadlock(f"deadlock: every task waits and no timer is set; {who_waits(self)}")

    def _process_events(self, event_list: Any) -> None:
        return None

    def _write_to_self(self) -> None:
        return None


refuse_the_outside(VirtualLoop)


def _task(loop: VirtualLoop, coro: Coroutine[Any, Any, T] | Generator[Any, None, T], **kwargs: Any) -> asyncio.Task[T]:
    return SequencedTask(coro, loop=loop, **kwargs)
