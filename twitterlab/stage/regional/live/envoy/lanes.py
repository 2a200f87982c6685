"""Ways to five backends, beside each other: through Envoy, and through a balancer that is a part.

All lanes get the same requests at the same moments, an open loop: a latency counts from when somebody meant to ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from twitterlab.parts.balancer import Backend, Balancer, Breaker
from twitterlab.parts.given import Chance, Clock
from twitterlab.stage.regional.live.envoy.child import Child
from twitterlab.stage.regional.live.envoy.http_client import Client, Lost
from twitterlab.world.live import stopwatch_ns

TRIES, TRY_TIMEOUT_S, DEADLINE_S = 2, 0.4, 1.0
PATH = "/page"
OK = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was meant to begin, how long it took from then, whether it was served in time."""

    at_ns: int
    took_ns: int
    is_served: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A backend was ejected (`is_out`), or came back; `why` in the balancer's own words."""

    at_ns: int
    name: str
    is_out: bool
    why: str = ""


@dataclass(slots=True)
class Lane:
    """One way: how a request goes, and what became of all."""

    name: str
    backends: Mapping[str, Child]
    ask: Callable[[], Awaitable[bool]]
    asked: list[Asked] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    async def one(self, due_ns: int) -> None:
        """A request that was meant to begin at `due_ns`."""
        is_served = await self.ask()
        took_ns = stopwatch_ns() - due_ns
        self.asked.append(Asked(due_ns, took_ns, is_served and took_ns <= DEADLINE_S * 1e9))


async def drive(lanes: Sequence[Lane], due_ns: Sequence[int], clock: Clock) -> None:
    """Every request at its moment, in all lanes. The last have come back when this returns: the deadline bounds how
    many are under way. What a part raises is raised."""
    under_way: set[asyncio.Task[None]] = set()
    broken: list[BaseException] = []

    def over(task: asyncio.Task[None]) -> None:
        under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            broken.append(error)

    for at_ns in due_ns:
        if broken:
            raise broken[0]
        early_ns = at_ns - stopwatch_ns()
        if early_ns > 0:
            await clock.sleep_ms(early_ns / 1e6)
        for lane in lanes:
            task = asyncio.create_task(lane.one(at_ns))
            under_way.add(task)
            task.add_done_callback(over)
    await asyncio.gather(*under_way)
    if broken:
        raise broken[0]


class ThroughEnvoy:
    """Envoy chooses, tries again, and gives up."""

    def __init__(self, port: int, client: Client) -> None:
        self._port, self._client = port, client

    async def ask(self) -> bool:
        return await _served(self._client, self._port, DEADLINE_S)


class ThroughBalancer:
    """The part chooses; a second backend is tried where the first one fails."""

    def __init__(
        self, balancer: Balancer, ports: Mapping[str, int], client: Client, chance: Chance, turns: list[Turn]
    ) -> None:  # fmt: skip
        self._balancer, self._ports, self._client, self._chance = balancer, ports, client, chance
        self._turns = turns
        self._out: set[str] = set()

    async def ask(self) -> bool:
        tried: list[str] = []
        while len(tried) < TRIES:
            began_ms = _now_ms()
            name = self._balancer.choose(began_ms, self._chance, tried)
            self._look()
            if name is None:
                return False
            tried.append(name)
            is_ok = await _served(self._client, self._ports[name], TRY_TIMEOUT_S)
            now_ms = _now_ms()
            self._balancer.finished(name, now_ms, now_ms - began_ms, is_ok)
            self._look()
            if is_ok:
                return True
        return False

    def _look(self) -> None:
        """Note who has been ejected since, and who has come back."""
        for name in self._ports:
            state = self._balancer.breaker(name, _now_ms())
            is_out = state is not Breaker.CLOSED
            if is_out != (name in self._out):
                self._out ^= {name}
                self._turns.append(Turn(stopwatch_ns(), name, is_out, state.value))


class RoundRobin:
    """The yardstick: one after the other, whatever they answer."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._names = [backend.name for backend in backends]
        self._next = 0

    def choose(self, now_ms: int, chance: Chance, but: Sequence[str] = ()) -> str | None:
        for _ in self._names:
            name = self._names[self._next]
            self._next = (self._next + 1) % len(self._names)
            if name not in but:
                return name
        return None

    def finished(self, name: str, now_ms: int, latency_ms: float, is_ok: bool) -> None:
        return None

    def breaker(self, name: str, now_ms: int) -> Breaker:
        return Breaker.CLOSED

    def region(self, now_ms: int) -> str:
        return ""


async def _served(client: Client, port: int, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return (await client.ask(port, PATH)).status == OK
    except (TimeoutError, Lost):
        return False


def _now_ms() -> int:
    """Whole milliseconds that do not step back."""
    return stopwatch_ns() // 1_000_000
