"""The machines that lead a reshard and route through it: the same in the simulation and before real servers.

A coordinator follows the plan of the shards part; gateways route by the phase they know of. A gateway acknowledges a
phase when nothing is under way that it had sent under an earlier one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from twitterlab.errors import Failure, Refused, Uncertain
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.given import Clock
from twitterlab.parts.shards import (
    Announce,
    Command,
    Compare,
    Copy,
    Done,
    Drop,
    Finished,
    Got,
    Merged,
    Phase,
    Progress,
    Query,
    Read,
)

NEWEST = 1 << 62
"""Above every id."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things go: `keys` moved in one step, and `step_ms` between two, so that moving does not crowd out
    serving. What fails is tried again after `again_ms`."""

    timeout_ms: float
    again_ms: float
    begin_ms: float
    step_ms: float
    keys: int


class Disk(Protocol):
    """What is left after a crash."""

    def names(self) -> Sequence[str]: ...

    async def read(self, name: str) -> bytes: ...

    async def replace(self, name: str, content: bytes) -> None: ...

    async def fsync(self, name: str) -> None: ...


class Machine(Protocol):
    """What runs one of the programs below: a node of the simulation, or a part of this process."""

    @property
    def clock(self) -> Clock: ...

    @property
    def disk(self) -> Disk: ...

    def serve(self, method: str, handler: Callable[[Any], Any]) -> None: ...

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Any: ...

    async def call(self, target: str, method: str, body: Any, timeout_ms: float) -> Any:
        """Refused: it did not happen. Uncertain: it may have."""
        ...

    def log(self, text: str) -> None: ...


class System(Protocol):
    """What is to be moved. `owners` are the old and the new one of each author, `machines` all that are told of a
    phase; one called `coordinator` leads."""

    @property
    def blueprint(self) -> Blueprint: ...

    @property
    def owners(self) -> Mapping[int, tuple[str, str]]: ...

    @property
    def machines(self) -> Sequence[str]: ...

    @property
    def pace(self) -> Pace: ...


class Router:
    """A gateway: routes each author by the phase it knows of."""

    def __init__(self, machine: Machine, system: System) -> None:
        self._machine, self._system = machine, system
        self._shards = system.blueprint.shards()
        self._phase = Phase.BEFORE
        self._under_way: dict[int, int] = {}
        machine.spawn(self._begin())

    async def _begin(self) -> None:
        """What phase it is, the coordinator knows."""
        while True:
            try:
                phase: int = await self._machine.call("coordinator", "phase_now", None, self._system.pace.timeout_ms)
            except Failure:
                await self._machine.clock.sleep_ms(self._system.pace.again_ms)
                continue
            self._phase = max(self._phase, Phase(phase))
            break
        self._machine.serve("phase", self._learn)
        self._machine.serve("post", self._post)
        self._machine.serve("delete", self._delete)
        self._machine.serve("page", self._page)

    async def _learn(self, phase: int) -> bool:
        """Acknowledged once everything that was sent under an earlier phase is over."""
        self._phase = max(self._phase, Phase(phase))
        while any(count for earlier, count in self._under_way.items() if earlier < self._phase):
            await self._machine.clock.sleep_ms(5)
        return True

    async def _post(self, asked: list[Any]) -> bool:
        return await self._write("post", asked)

    async def _delete(self, asked: list[Any]) -> bool:
        return await self._write("delete", asked)

    async def _write(self, what: str, asked: list[Any]) -> bool:
        """On all owners, or who knows."""
        author, tweet_id = asked
        phase = self._phase
        self._under_way[phase] = self._under_way.get(phase, 0) + 1
        try:
            old, new = self._system.owners[author]
            for place, shard in enumerate(self._shards.route(phase, old, new).writes):
                try:
                    await self._machine.call(
                        shard, "write", [int(phase), what, author, tweet_id], self._system.pace.timeout_ms
                    )
                except Refused as refused:
                    raise (Uncertain(f"one owner has it, {refused.reason}") if place else refused) from None
        finally:
            self._under_way[phase] -= 1
        return True

    async def _page(self, asked: int | list[Any]) -> list[Any]:
        """The newest of everybody, or of some: [limit, authors]; and which shards are missing."""
        phase = self._phase
        self._under_way[phase] = self._under_way.get(phase, 0) + 1
        try:
            limit, some = (asked, self._system.owners) if isinstance(asked, int) else asked
            return await self._merged(phase, limit, some)
        finally:
            self._under_way[phase] -= 1

    async def _merged(self, phase: Phase, limit: int, some: Iterable[int]) -> list[Any]:
        authors: dict[str, list[int]] = {}
        for author in some:
            old, new = self._system.owners[author]
            authors.setdefault(self._shards.route(phase, old, new).read, []).append(author)
        query, got = Query(tuple(sorted(authors)), NEWEST, limit), dict[str, Got]()
        while True:
            step = self._shards.merge(query, got)
            if isinstance(step, Merged):
                return [list(step.ids), list(step.missing)]
            for read, answer in zip(step, await asyncio.gather(*(self._ask(r, authors) for r in step)), strict=True):
                before = got.get(read.shard, Got())
                got[read.shard] = Got((*before.ids, *answer.ids), answer.is_end, answer.is_dead)

    async def _ask(self, read: Read, authors: Mapping[str, list[int]]) -> Got:
        try:
            asked = [authors[read.shard], read.before_id, read.count]
            ids: list[int] = await self._machine.call(read.shard, "newest", asked, self._system.pace.timeout_ms)
        except Failure:
            return Got(is_dead=True)
        return Got(tuple(ids), is_end=len(ids) < read.count)


class Coordinator:
    """Does what the plan says, and writes down what it is about before it does it."""

    def __init__(self, machine: Machine, system: System) -> None:
        self._machine, self._system = machine, system
        self._shards = system.blueprint.shards()
        self._progress = Progress()
        self.is_finished = False
        machine.spawn(self._run())

    async def _run(self) -> None:
        if "progress" in self._machine.disk.names():
            kept = json.loads(await self._machine.disk.read("progress"))
            kept.update(phase=Phase(kept["phase"]), differing=tuple(kept["differing"]))
            self._progress = Progress(**kept)
        self._machine.serve("phase_now", lambda nothing: int(self._progress.phase))
        self._machine.serve("is_finished", lambda nothing: self.is_finished)
        await self._machine.clock.sleep_ms(self._system.pace.begin_ms)
        done: Done | None = None
        while True:
            progress, command = self._shards.advance(self._progress, done)
            await self._machine.disk.replace("progress", json.dumps(asdict(progress)).encode())
            await self._machine.disk.fsync("progress")
            self._progress = progress
            self._machine.log(f"{progress.phase.name}: {command}")
            if isinstance(command, Finished):
                self.is_finished = True
                return
            await self._machine.clock.sleep_ms(self._system.pace.step_ms)
            done = await self._until_done(command)

    async def _until_done(self, command: Command) -> Done:
        while True:
            try:
                return await self._do(command)
            except Failure:
                await self._machine.clock.sleep_ms(self._system.pace.again_ms)

    async def _do(self, command: Command) -> Done:
        if isinstance(command, Announce):
            for name in self._system.machines:
                await self._machine.call(name, "phase", int(command.phase), self._system.pace.timeout_ms)
            return Done()
        assert not isinstance(command, Finished)
        keys = command.keys if isinstance(command, Copy) and command.keys else self._next(command)
        differing = []
        for author in keys:
            old, new = self._system.owners[author]
            if isinstance(command, Drop):
                await self._machine.call(old, "drop", author, self._system.pace.timeout_ms)
                continue
            ids, gone = await self._machine.call(old, "rows", author, self._system.pace.timeout_ms)
            if isinstance(command, Copy):
                await self._machine.call(new, "copy", [author, ids, gone], self._system.pace.timeout_ms)
            else:
                there, gone_there = await self._machine.call(new, "rows", author, self._system.pace.timeout_ms)
                if not (set(ids) <= {*there, *gone_there} and set(gone) <= set(gone_there)):
                    differing.append(author)
        return Done(keys[-1] if keys else None, tuple(differing))

    def _next(self, command: Copy | Compare | Drop) -> tuple[int, ...]:
        moving = [author for author, (old, new) in self._system.owners.items() if old != new]
        return tuple(author for author in moving if author > command.after_key)[
            : min(command.limit, self._system.pace.keys)
        ]
