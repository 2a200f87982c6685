"""Orders to a regional run while it goes on: kill, restart, partition, heal, add a shard.

A line is an order: `kill europe`, `kill asia-s3`, `restart europe`, `partition asia`, `heal`, `add`. It is carried out
at the next full virtual second, and written to the trace as an event `order`; `@12 kill europe` waits for second 12.
So the orders of a run, told to another of the same seed with the seconds at which they were carried out, make the
same run: `given(events)` finds them in a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from twitterlab.model.event import TraceEvent
from twitterlab.model.fault import Crash, Partition
from twitterlab.platform.regional.layout import Layout, machine
from twitterlab.world.sim import SimWorld

ORDERS = ("kill", "restart", "partition", "heal", "add")
NS_PER_S = 1_000_000_000
MOST_ORDERS = 1_000
"""Of one run; what comes after is not carried out."""


class Operator:
    """Carries out orders in one world. `layout` tells where machines stand now, `add` has one more shard join and
    says what comes of it."""

    def __init__(self, world: SimWorld, layout: Callable[[], Layout], add: Callable[[], str]) -> None:
        self._world, self._layout, self._add = world, layout, add
        self._waiting: list[tuple[int, str]] = []
        self.obeyed = 0

    def obey(self, lines: Sequence[str]) -> None:
        """Carry out these, and what was to wait until now, in order."""
        now_s = self._world.stopwatch_ns() // NS_PER_S
        self._waiting += [_timed(line, now_s) for line in lines[:MOST_ORDERS]]
        due = [order for at_s, order in self._waiting if at_s <= now_s]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > now_s]
        for order in due:
            if self.obeyed < MOST_ORDERS:
                self.obeyed += 1
                self._world.emit("order", text=order)
                if said := self._do(order):
                    self._world.emit("log", node="operator", text=said)

    def _do(self, order: str) -> str:
        """Carry it out; what is to be said of it that the trace does not say by itself."""
        match order.split():
            case ["kill", name] if names := self._machines(name):
                return self._kill(names)
            case ["restart", name] if names := self._machines(name):
                return self._restart(names)
            case ["partition", name] if name in self._continents():
                return self._partition(name)
            case ["heal"]:
                self._world.faults.heal()
                return ""
            case ["add"]:
                return self._add()
            case _:
                return "nobody knows how"

    def _kill(self, names: Sequence[str]) -> str:
        """Those that are up lose power, until a restart."""
        up = [name for name in names if self._world.nodes[name].state != "down"]
        if not up:
            return "it is down already"
        self._world.faults.inject(Crash(loses_power=True), *up)
        return ""

    def _restart(self, names: Sequence[str]) -> str:
        """Whatever of these was killed alone or with others of these starts again."""
        killed = set(names)
        ended = self._world.faults.end(
            lambda fields: fields["fault"] == Crash.__name__ and killed.issuperset(fields["target"])
        )
        return "" if ended else "nothing here was killed by itself"

    def _partition(self, continent: str) -> str:
        """Machines and people of a continent, and all others, no longer reach each other."""
        here = self._everybody(continent)
        there = tuple(name for other in self._layout().others(continent) for name in self._everybody(other))
        self._world.faults.inject(Partition(against=there), *here)
        return ""

    def _continents(self) -> tuple[str, ...]:
        return tuple(each.name for each in self._layout().continents)

    def _machines(self, name: str) -> tuple[str, ...]:
        """The machines that a name stands for: a continent's, or that one; none where there is none."""
        all_of = {each: tuple(machine(each, one) for one in self._layout().machines) for each in self._continents()}
        if name in all_of:
            return all_of[name]
        return (name,) if any(name in names for names in all_of.values()) else ()

    def _everybody(self, continent: str) -> tuple[str, ...]:
        return (*self._machines(continent), machine(continent, "people"))


def given(events: Iterable[TraceEvent]) -> Iterator[str]:
    """The orders of a recorded run, each with the second at which it was carried out."""
    for event in events:
        if event.kind == "order":
            yield f"@{event.at_ns // NS_PER_S} {event.fields['text']}"


def _timed(line: str, now_s: int) -> tuple[int, str]:
    """When to carry it out, and what."""
    first, _, rest = line.strip().partition(" ")
    if first.startswith("@") and first[1:].isdigit():
        return int(first[1:]), rest
    return now_s, line.strip()
