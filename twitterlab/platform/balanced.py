"""Balanced: one service in several processes; the `balancer` part chooses which is asked.

A process that could not be reached has done nothing, so another one is asked, also to write. One that was lost after it
was asked may have: that stays `Uncertain`, and nobody else is asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.errors import Refused
from twitterlab.parts.balancer import Backend, Balancer, BalancerPolicy
from twitterlab.parts.given import Chance

POLICY = BalancerPolicy(slow_floor_ms=1_000.0, ejection_ms=500, max_ejection_ms=4_000)
"""Of one service some calls take a hundred times as long as others; a process that died is back within a second."""
PER_S = 5_000.0
"""What one process is sent at most."""
NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Crew:
    """So many processes of every service, and what chooses among them."""

    processes: int
    balancer: Callable[[Sequence[Backend], BalancerPolicy], Balancer]
    chance: Chance
    stopwatch_ns: Callable[[], int]

    def names(self, service: str) -> tuple[str, ...]:
        """What the processes of a service are called: the first is `tweet-1`, the only one `tweet`."""
        return names_of(service, self.processes)


def names_of(service: str, processes: int) -> tuple[str, ...]:
    """What `processes` of one service are called."""
    return (service,) if processes == 1 else tuple(f"{service}-{number}" for number in range(1, processes + 1))


class Balanced:
    """Calls a method of one of `remotes`, which all answer alike."""

    def __init__(self, service: str, remotes: Mapping[str, Any], crew: Crew) -> None:
        self._service, self._remotes = service, dict(remotes)
        self._chance, self._stopwatch_ns = crew.chance, crew.stopwatch_ns
        self._balancer = crew.balancer([Backend(name, capacity_per_s=PER_S) for name in remotes], POLICY)

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        if method.startswith("_"):
            raise AttributeError(method)

        async def call(*given: Any, **named: Any) -> Any:
            return await self._asked(method, given, named)

        self.__dict__[method] = call
        return call

    async def _asked(self, method: str, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        tried: tuple[str, ...] = ()
        failure = Refused(f"no process of the {self._service} service answers: try again", "unavailable")
        while (name := self._balancer.choose(self._now_ms(), self._chance, tried)) is not None:
            started_ns, is_ok = self._stopwatch_ns(), False
            try:
                answer = await getattr(self._remotes[name], method)(*given, **named)
                is_ok = True
                return answer
            except Refused as refused:
                is_ok = refused.kind != "unavailable"  # whoever says no has answered
                if is_ok:
                    raise
                tried, failure = (*tried, name), refused
            finally:
                elapsed_ms = (self._stopwatch_ns() - started_ns) / NS_PER_MS
                self._balancer.finished(name, self._now_ms(), elapsed_ms, is_ok)
        raise failure

    def _now_ms(self) -> int:
        return self._stopwatch_ns() // NS_PER_MS
