"""Playback: where the dashboard's events come from, a recorded run at any speed or a run that goes on now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from twitterlab.dashboard.lines import line_of
from twitterlab.model.event import TraceEvent

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
MOST_AT_ONCE = 5_000
"""Events taken in one go; a faster replay shows them a little later."""
MOST_WAITING = 100_000
"""Events of a live run that may wait while the window is paused; the oldest are forgotten first."""


class Source(Protocol):
    """Events in order. `is_live`: they come from a run that goes on whether or not anybody looks."""

    is_live: bool

    def take(self, elapsed_ns: int) -> list[TraceEvent]:
        """What has happened in `elapsed_ns` more nanoseconds on the watcher's clock."""
        ...

    def step(self) -> list[TraceEvent]:
        """What has happened up to the next thing worth a look: a pulse or a line of the log."""
        ...

    @property
    def is_over(self) -> bool:
        """Nothing will come any more."""
        ...


class Replay:
    """A recorded run, on the trace's own time. `speed` multiplies the watcher's."""

    is_live = False

    def __init__(self, read: Callable[[], Iterable[TraceEvent]]) -> None:
        """`read` begins the record anew: at the start, and to go back."""
        self._read = read
        self.speed = 1.0
        self.rewind()

    def rewind(self) -> None:
        """To the beginning."""
        self.position_ns = 0
        self._events: Iterator[TraceEvent] = iter(self._read())
        self._next: TraceEvent | None = next(self._events, None)

    def take(self, elapsed_ns: int) -> list[TraceEvent]:
        self.position_ns += int(elapsed_ns * self.speed)
        taken: list[TraceEvent] = []
        while self._next is not None and self._next.at_ns <= self.position_ns:
            if len(taken) == MOST_AT_ONCE:
                self.position_ns = taken[-1].at_ns
                break
            taken.append(self._forward())
        return taken

    def step(self) -> list[TraceEvent]:
        taken: list[TraceEvent] = []
        while self._next is not None and len(taken) < MOST_AT_ONCE:
            taken.append(self._forward())
            if is_landmark(taken[-1]):
                break
        if taken:
            self.position_ns = max(self.position_ns, taken[-1].at_ns)
        return taken

    def faster(self, steps: int) -> None:
        """So many steps up the list of speeds, or down."""
        self.speed = next_speed(self.speed, steps)

    @property
    def is_over(self) -> bool:
        return self._next is None

    def _forward(self) -> TraceEvent:
        event = self._next
        assert event is not None
        self._next = next(self._events, None)
        return event


class Live:
    """A run that goes on. `push` and `close` may be called from another thread."""

    is_live = True

    def __init__(self) -> None:
        self._waiting: deque[TraceEvent] = deque(maxlen=MOST_WAITING)
        self._is_closed = False

    def push(self, event: TraceEvent) -> None:
        """Something has happened."""
        self._waiting.append(event)

    def close(self) -> None:
        """Nothing more will."""
        self._is_closed = True

    def take(self, elapsed_ns: int) -> list[TraceEvent]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]

    def step(self) -> list[TraceEvent]:
        taken: list[TraceEvent] = []
        while self._waiting and len(taken) < MOST_AT_ONCE:
            taken.append(self._waiting.popleft())
            if is_landmark(taken[-1]):
                break
        return taken

    @property
    def is_over(self) -> bool:
        return self._is_closed and not self._waiting


def next_speed(speed: float, steps: int) -> float:
    """So many steps up the list of speeds, or down."""
    return SPEEDS[max(0, min(len(SPEEDS) - 1, SPEEDS.index(speed) + steps))]


def is_landmark(event: TraceEvent) -> bool:
    """Whether a step ends with it."""
    return event.kind in ("pulse", "regions") or line_of(event) is not None
