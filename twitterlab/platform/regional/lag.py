"""How far another continent is behind: the age of the oldest change made here that is not known to be there.

One a machine. What is not known to have arrived counts as not there: an answer that was lost leaves the change
waiting until a repair finds that nothing is lacking. A machine that starts again has forgotten what it waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

Waiting = tuple[str, str]
"""A machine and a group of keys."""
NOTHING: Mapping[str, int] = MappingProxyType({})


class Lag:
    """Times are nanoseconds of `stopwatch_ns`."""

    def __init__(self, stopwatch_ns: Callable[[], int]) -> None:
        self._now_ns = stopwatch_ns
        self._since: dict[Waiting, int] = {}  # the oldest change that was not sent, or whose arrival is not known
        self._sent: dict[Waiting, int] = {}  # the oldest that is on its way
        self._worst: dict[str, int] = {}  # by machine: the longest wait that ended since somebody looked
        self._round_trip: dict[str, int] = {}

    def changed(self, peer: str, group: str) -> None:
        """Something was written here that `peer` is to have."""
        self._since.setdefault((peer, group), self._now_ns())

    def sending(self, peer: str, group: str) -> int:
        """All that is waiting leaves now; gives the time, for `arrived` or `failed`."""
        waiting = (peer, group)
        if waiting in self._since:
            since_ns = self._since.pop(waiting)
            self._sent[waiting] = min(since_ns, self._sent.get(waiting, since_ns))
        return self._now_ns()

    def arrived(self, peer: str, group: str, sent_ns: int) -> None:
        """`peer` has what was sent."""
        now_ns = self._now_ns()
        self._round_trip[peer] = now_ns - sent_ns
        since_ns = self._sent.pop((peer, group), None)
        if since_ns is not None:
            self._worst[peer] = max(self._worst.get(peer, 0), now_ns - since_ns)

    def failed(self, peer: str, group: str) -> None:
        """Nobody knows whether it is there."""
        since_ns = self._sent.pop((peer, group), None)
        if since_ns is not None:
            self._since[peer, group] = min(since_ns, self._since.get((peer, group), since_ns))

    def carried(self, peer: str, group: str) -> None:
        """What waited has left with what is on its way, or was there before."""
        self._since.pop((peer, group), None)

    def equal(self, peer: str, group: str) -> None:
        """`peer` was found to lack nothing."""
        self._since.pop((peer, group), None)
        self._sent.pop((peer, group), None)

    def look(self) -> Mapping[str, int]:
        """By machine, in nanoseconds: the longest that a change waits, or had waited that arrived since the last
        look. Machines that lack nothing, and lacked nothing since, are not in it."""
        if not (self._since or self._sent or self._worst):
            return NOTHING
        worst, self._worst, now_ns = self._worst, {}, self._now_ns()
        for waiting in (self._since, self._sent):
            for (peer, _), since_ns in waiting.items():
                worst[peer] = max(worst.get(peer, 0), now_ns - since_ns)
        return worst

    def round_trips_ns(self) -> Mapping[str, int]:
        """By machine: there and back, measured since the last call."""
        measured, self._round_trip = self._round_trip, {}
        return measured
