"""How far the replicas are behind: by a heartbeat that is seen there, and by what the primary is told.

The heartbeat is a row that counts up beside the primary. When its number is seen at a replica, the time since its
commit returned is the lag of a reader. The primary's own `replay_lag` ends with the replica's answer, which has to
come back. All clocks are one: this process has both ends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from twitterlab.bench.histogram import Histogram
from twitterlab.stage.regional.live.postgres.continents import FAR, HOME, Connection, Continents
from twitterlab.world.live import stopwatch_ns

BEAT_S, LOOK_S, ASK_S = 0.05, 0.005, 0.25
TOLD = "SELECT application_name, EXTRACT(EPOCH FROM replay_lag)::float8 FROM pg_stat_replication"


@dataclass(slots=True)
class Heartbeat:
    """`seen` by replica: from a commit until a reader there sees it. `told` by replica: `replay_lag`. `behind` by
    replica: (seconds since the start, milliseconds that the newest row seen there is old)."""

    continents: Continents
    seen: dict[str, Histogram] = field(default_factory=lambda: {place: Histogram() for place in FAR})
    told: dict[str, Histogram] = field(default_factory=lambda: {place: Histogram() for place in FAR})
    behind: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {place: [] for place in FAR})
    started_ns: int = field(default_factory=stopwatch_ns)
    _committed_ns: dict[int, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._beat())
            parts.create_task(self._ask())
            for place in FAR:
                parts.create_task(self._look(place))

    async def _beat(self) -> None:
        async with self.continents.connected(HOME, HOME, "local") as connection:
            while True:
                number = (await _one(connection, "UPDATE beats SET n = n + 1 RETURNING n"))[0]
                self._committed_ns[number] = stopwatch_ns()
                await asyncio.sleep(BEAT_S)

    async def _look(self, place: str) -> None:
        newest = 0
        async with self.continents.connected(place, place) as connection:
            while True:
                number = (await _one(connection, "SELECT n FROM beats"))[0]
                now_ns = stopwatch_ns()
                for each in range(newest + 1, number + 1):
                    if each in self._committed_ns:
                        self.seen[place].record(now_ns - self._committed_ns[each])
                newest = number
                if number in self._committed_ns:
                    old_ms = (now_ns - self._committed_ns[number]) / 1e6
                    self.behind[place].append(((now_ns - self.started_ns) / 1e9, old_ms))
                await asyncio.sleep(LOOK_S)

    async def _ask(self) -> None:
        async with self.continents.connected(HOME, HOME) as connection:
            while True:
                for place, lag_s in await (await connection.execute(TOLD)).fetchall():
                    if lag_s is not None and place in self.told:
                        self.told[place].record(round(lag_s * 1e9))
                await asyncio.sleep(ASK_S)


async def _one(connection: Connection, question: str) -> tuple[int, ...]:
    row = await (await connection.execute(question)).fetchone()
    assert row is not None
    return row
