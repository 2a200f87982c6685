"""Our own way from four servers to five: plain Valkey servers, the ring says who keeps whom, the plan leads the move.

Coordinator and gateways are those of the simulated scenario. The coordinator is dropped in the middle of the first
command of each kind in each phase, and goes on from the progress that it had written down; the second gateway hears
of each phase later than the first.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.ring import Member
from twitterlab.parts.shards import Phase
from twitterlab.servers.valkey import HANDED_OVER, Valkey
from twitterlab.stage.regional.live.valkey.keyspace import contents, judge_keyspace
from twitterlab.stage.regional.live.valkey.machines import LiveMachine, Switchboard
from twitterlab.stage.regional.live.valkey.move import Move, Size, Timeline, through
from twitterlab.stage.regional.live.valkey.people import Ask, People
from twitterlab.stage.regional.live.valkey.shard import ValkeyShard, member, tweets_key
from twitterlab.stage.scenarios.reshard import GATEWAYS, NEW, OLD
from twitterlab.stage.scenarios.reshard_machines import Coordinator, Pace, Router
from twitterlab.stage.scenarios.reshard_pages import told_of
from twitterlab.world.chance import SeededChance

PACE = Pace(timeout_ms=10_000, again_ms=50, begin_ms=0, step_ms=60, keys=25)
"""So patient, because what nobody waits for any more may still be done: a write after its author was dropped there."""
NEWS_MS: Mapping[str, float] = {GATEWAYS[1]: 150.0}
LOOK_EVERY_S, LIVES_ON_MS = 0.005, 10.0


class Town:
    """`System` of the coordinator and the gateways."""

    def __init__(self, blueprint: Blueprint, authors: int) -> None:
        self.blueprint, self.pace = blueprint, PACE
        self.machines = (*NEW, *GATEWAYS)
        before, after = (blueprint.ring([Member(name) for name in names]) for names in (OLD, NEW))
        self.owners = {
            author: ((before.owners(author) or OLD)[0], (after.owners(author) or OLD)[0]) for author in range(authors)
        }

    @property
    def moving(self) -> int:
        """Authors who are to have another owner."""
        return sum(old != new for old, new in self.owners.values())


Strike = Callable[[], None]


class Crashes:
    """`kill -9` of one server after the other, the new one every other time; each is started again at once."""

    def __init__(self, running: Mapping[str, Valkey]) -> None:
        self._running = running
        self._victims = cycle([name for old in OLD for name in (NEW[-1], old)])
        self._under_way: asyncio.Future[None] | None = None
        self.count = 0

    def strike(self) -> None:
        """The next one, unless the last one is not back yet."""
        if self._under_way is None or self._under_way.done():
            self.count += 1
            self._under_way = asyncio.ensure_future(asyncio.to_thread(self._restart, next(self._victims)))

    async def over(self) -> None:
        """Everybody is back. Whatever starting again raised."""
        if self._under_way is not None:
            await self._under_way

    def _restart(self, name: str) -> None:
        self._running[name].kill()
        self._running[name].start()


class Leader:
    """The coordinator, which dies and is started again; with it dies whom `strike` chooses. `timeline` hears of the
    phases."""

    def __init__(
        self, town: Town, board: Switchboard, folder: Path, timeline: Timeline, now_s: Callable[[], float],
        strike: Strike,
    ) -> None:  # fmt: skip
        self._town, self._timeline, self._now_s = town, timeline, now_s
        self._begun: set[str] = set()
        self._strike = strike
        self._is_doomed = False
        self._machine = LiveMachine("coordinator", board, folder, self._heard)
        self._coordinator: Coordinator | None = None
        self.drops = 0

    def start(self) -> None:
        """With what is in its folder, and nothing else."""
        self._coordinator = Coordinator(self._machine, self._town)

    async def run(self, within_s: float) -> None:
        """Until the plan says that it is finished, or nobody waits any longer. Whatever a part raises."""
        last_s = self._now_s() + within_s
        while self._now_s() < last_s:
            await asyncio.sleep(LOOK_EVERY_S)
            self._machine.look()
            if self._coordinator is not None and self._coordinator.is_finished:
                self._timeline.ended_s = self._now_s()
                return
            if self._is_doomed:
                self._is_doomed = False
                self.drops += 1
                await self._machine.stop()
                self._strike()
                self.start()

    async def stop(self) -> None:
        await self._machine.stop()

    def _heard(self, text: str) -> None:
        """It has written down what it is about. Where that is the first of its kind in a phase, it will not live to end it."""
        phase, command = text.partition(":")[0], text.partition("(")[0]
        if not any(one.startswith(phase) for one in self._begun):
            self._timeline.marks.append((self._now_s(), phase.lower().replace("_", " ")))
        if command not in self._begun:
            self._begun.add(command)
            asyncio.get_running_loop().call_later((PACE.step_ms + LIVES_ON_MS) / 1000, self._doom)

    def _doom(self) -> None:
        self._is_doomed = True


def move_by_plan(
    blueprint: Blueprint, size: Size, seed: int, progress: Callable[[float], None], has_crashes: bool = False
) -> Move:
    """Start five servers, fill four, and move; servers die as well as coordinators where it `has_crashes`. BadInput
    where Valkey is missing; StartFailed."""
    with servers(NEW) as running:
        progress(0.1)
        return asyncio.run(_moved(blueprint, running, size, seed, progress, has_crashes))


@contextmanager
def servers(names: Sequence[str]) -> Iterator[dict[str, Valkey]]:
    """Plain servers, by name, which end with the block."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-shards-") as temporary:
        made: dict[str, Valkey] = {}
        try:
            for name in names:
                folder = Path(temporary) / name
                folder.mkdir()
                made[name] = Valkey(folder, HANDED_OVER, is_temporary=True)
            with ThreadPoolExecutor(len(made)) as pool:
                list(pool.map(Valkey.start, made.values()))
            yield made
        finally:
            for server in made.values():
                server.stop()


async def _moved(
    blueprint: Blueprint, running: Mapping[str, Valkey], size: Size, seed: int, progress: Callable[[float], None],
    has_crashes: bool,
) -> Move:  # fmt: skip
    async with AsyncExitStack() as opened:
        clients = {name: await opened.enter_async_context(server.client()) for name, server in running.items()}
        shards = {name: ValkeyShard(client) for name, client in clients.items()}
        board, town, timeline = Switchboard(NEWS_MS), Town(blueprint, size.authors), Timeline()
        board.served.update({name: dict(shard.methods()) for name, shard in shards.items()})
        people = People(_by_turns(board), size.tweets(), SeededChance(seed, "people"), size.rate_per_s)
        await _fill(clients, town, people.old_tweets)
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="twitterlab-gateways-"))
        crashes = Crashes(running)
        strike = crashes.strike if has_crashes else _spare
        leader = Leader(town, board, Path(folder) / "coordinator", timeline, people.now_s, strike)
        await _led(leader, town, board, people, timeline, size, Path(folder), progress)
        await crashes.over()
        found = {name: await contents(client) for name, client in clients.items()}
    told = told_of(people.rows, people.old_tweets)
    return Move(
        running[NEW[0]].label(), people.rows, people.samples, people.old_tweets, timeline,
        judge_keyspace(found, lambda author: town.owners[author][1], told), town.moving,
        sum(shard.rows_read for shard in shards.values()), {"dropped": leader.drops, "crashes": crashes.count},
    )  # fmt: skip


def _by_turns(board: Switchboard) -> Ask:
    """One gateway, then the other."""
    names = cycle(GATEWAYS)

    async def ask(f: str, value: Any) -> Any:
        return await board.call(next(names), f, value, 2 * PACE.timeout_ms)

    return ask


def _spare() -> None:
    """Nobody dies but the coordinator."""


async def _led(
    leader: Leader, town: Town, board: Switchboard, people: People, timeline: Timeline, size: Size, folder: Path,
    progress: Callable[[float], None],
) -> None:  # fmt: skip
    """People come, the move begins and ends, people go."""
    gateways = [LiveMachine(name, board, folder / name, lambda text: None) for name in GATEWAYS]
    board.served["coordinator"] = {"phase_now": lambda nothing: int(Phase.BEFORE)}  # until there is one
    for machine in gateways:
        Router(machine, town)

    async def lead() -> None:
        leader.start()
        await leader.run(size.within_s)

    try:
        await through(people, timeline, size, lead, progress)
    finally:
        await leader.stop()
        for machine in gateways:
            await machine.stop()


async def _fill(clients: Mapping[str, Any], town: Town, tweets: Mapping[int, Sequence[int]]) -> None:
    """Everybody's tweets, on the server that keeps them before the move."""
    pipes = {name: client.pipeline(transaction=False) for name, client in clients.items()}
    for author, ids in tweets.items():
        pipes[town.owners[author][0]].zadd(tweets_key(author), {member(tweet): 0 for tweet in ids})
    for pipe in pipes.values():
        await pipe.execute()
