"""Day 2.4, replica: one of several copies of everything, each of which may be written."""

from __future__ import annotations

from typing import Any

from twitterlab.parts.replica import MAX_SKEW_MS, Add, Change, Count, Delta, Put, Remove, Replica, Stamp

Dot = tuple[str, int]
"""One change: who made it, and the how-manieth of theirs it was."""


class RegionReplica(Replica):
    """Registers, sets and counters under one hybrid clock.

    An operation is `[kind, key, …, at_ms, count]`; those that still matter are kept by replica and number, so that a
    delta is what has a higher number than the other has seen. Laws: `twitterlab.parts.replica.Replica`.
    """

    def __init__(self, name: str) -> None:
        # BEGIN SOLUTION: what have I seen of whom, and which operations still matter?
        self._name = name
        self._clock = (0, 0)
        self._seen: dict[str, int] = {name: 0}
        self._log: dict[str, dict[int, list[Any]]] = {name: {}}
        self._early: set[Dot] = set()  # removed before they came
        self._registers: dict[str, tuple[tuple[int, int, str], str | None, Dot]] = {}
        self._sets: dict[str, dict[int, set[Dot]]] = {}
        self._counters: dict[str, dict[str, tuple[int, int]]] = {}  # key: replica: (number, total)
        # END SOLUTION

    def write(self, change: Change, now_ms: int) -> Stamp:
        """Make a change here. `now_ms` is what this machine's clock shows; it may step back."""
        # BEGIN SOLUTION: the clock's time if it is ahead, else one more count; then apply it like anybody's
        at_ms, count = self._clock
        self._clock = (now_ms, 0) if now_ms > at_ms else (at_ms, count + 1)
        number = self._seen[self._name] + 1
        self._apply(self._name, number, [*self._operation(change), *self._clock])
        self._seen[self._name] = number
        return Stamp(*self._clock, self._name)
        # END SOLUTION

    def version(self) -> Delta:
        """What this replica has seen, small enough to be sent along with everything."""
        # BEGIN SOLUTION: a number for each replica
        return dict(self._seen)
        # END SOLUTION

    def delta(self, version: Delta) -> Delta | None:
        """What a replica of this `version` lacks; `{}` is the version of one that has seen nothing."""
        # BEGIN SOLUTION: from which number to which, and the operations in between that still matter
        found: Delta = {}
        for name, seen in self._seen.items():
            since = version.get(name, 0)
            if seen > since:
                found[name] = [since, seen, self._newer(name, since)]
        return found or None
        # END SOLUTION

    def merge(self, delta: Delta, now_ms: int) -> tuple[str, ...]:
        """Take in another's delta; the keys whose value changed here, sorted."""
        # BEGIN SOLUTION: refuse a clock that is ahead; leave out what would make a hole
        stamps = [tuple(operation[-2:]) for _, _, news in delta.values() for _, operation in news]
        if any(at_ms > now_ms + MAX_SKEW_MS for at_ms, _ in stamps):
            raise ValueError(f"a stamp is more than {MAX_SKEW_MS} ms ahead of this clock")
        self._clock = max(self._clock, *stamps) if stamps else self._clock
        changed: set[str] = set()
        for name, (since, until, news) in delta.items():
            seen = self._seen.get(name, 0)
            if since > seen or until <= seen:
                continue
            for number, operation in news:
                if number > seen and self._apply(name, number, operation):
                    changed.add(operation[1])
            self._seen[name] = until
            self._early = {dot for dot in self._early if dot[1] > self._seen.get(dot[0], 0)}
        return tuple(sorted(changed))
        # END SOLUTION

    def register(self, key: str) -> str | None:
        """The value of a register; None where there is none."""
        # BEGIN SOLUTION: what the last writer wrote
        held = self._registers.get(key)
        return None if held is None else held[1]
        # END SOLUTION

    def members(self, key: str) -> frozenset[int]:
        """The elements of a set."""
        # BEGIN SOLUTION: those that somebody's addition still holds up
        return frozenset(self._sets.get(key, ()))
        # END SOLUTION

    def counter(self, key: str) -> int:
        """The value of a counter."""
        # BEGIN SOLUTION: everybody's total
        return sum(total for _, total in self._counters.get(key, {}).values())
        # END SOLUTION

    # BEGIN SOLUTION
    def _operation(self, change: Change) -> list[Any]:
        """The change as data; its stamp comes last."""
        if isinstance(change, Put):
            return ["put", change.key, change.value]
        if isinstance(change, Add):
            return ["add", change.key, change.element]
        if isinstance(change, Remove):
            dots = self._sets.get(change.key, {}).get(change.element, ())
            return ["remove", change.key, change.element, [list(dot) for dot in sorted(dots)]]
        assert isinstance(change, Count)
        _, total = self._counters.get(change.key, {}).get(self._name, (0, 0))
        return ["count", change.key, total + change.by]

    def _apply(self, name: str, number: int, operation: list[Any]) -> bool:
        """Take in one operation that is new here, and forget those it makes needless; whether a value changed."""
        kind, key, value = operation[:3]
        dot = (name, number)
        if kind == "put":
            stamp = (*operation[-2:], name)
            held = self._registers.get(key)
            if held is not None and held[0] >= stamp:
                return False
            if held is not None:
                self._forget(held[2])
            self._registers[key] = (stamp, value, dot)
        elif kind == "add":
            if dot in self._early:
                return False
            self._sets.setdefault(key, {}).setdefault(value, set()).add(dot)
        elif kind == "remove":
            self._remove(key, value, operation[3])
        else:
            totals = self._counters.setdefault(key, {})
            if name in totals:
                self._forget((name, totals[name][0]))
            totals[name] = (number, value)
        self._log.setdefault(name, {})[number] = operation
        return True

    def _remove(self, key: str, element: int, dots: list[list[Any]]) -> None:
        """Take these additions away; those that have not come yet are not let in when they do."""
        held = self._sets.get(key, {}).get(element, set())
        for name, number in dots:
            if number > self._seen.get(name, 0):
                self._early.add((name, number))
            held.discard((name, number))
            self._forget((name, number))
        if not held:
            self._sets.get(key, {}).pop(element, None)

    def _forget(self, dot: Dot) -> None:
        self._log.get(dot[0], {}).pop(dot[1], None)

    def _newer(self, name: str, since: int) -> list[list[Any]]:
        found = []
        for number in reversed(self._log.get(name, {})):
            if number <= since:
                break
            found.append([number, self._log[name][number]])
        return found[::-1]

    # END SOLUTION
