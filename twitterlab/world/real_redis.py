"""A real Redis server on virtual time: when the clock jumps, what the server holds grows older by as much.

Nobody can set a server's clock. But lifetimes can be shortened, and what a consumer holds can be claimed
for it again as idle for longer. So the client parts run live in milliseconds, where they would wait for
hours. The server's own clock moves too: a key is some milliseconds older than virtual time says, never
younger, and so is a pending entry.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import redis
from redis.asyncio.client import Pipeline

from twitterlab.world.loop import START_MS

T = TypeVar("T")
AGE = """
local by, cursor = tonumber(ARGV[1]), '0'
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    local left_ms = redis.call('PTTL', key)
    if left_ms >= 0 and left_ms <= by then redis.call('DEL', key)
    elseif left_ms > by then redis.call('PEXPIRE', key, left_ms - by) end
    if redis.call('TYPE', key).ok == 'stream' then
      for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
        for _, held in ipairs(redis.call('XPENDING', key, group[2], '-', '+', 100000)) do
          redis.call('XCLAIM', key, group[2], held[2], 0, held[1], 'IDLE', held[3] + by, 'RETRYCOUNT', held[4], 'JUSTID')
        end
      end
    end
  end
until cursor == '0'
"""


class AgingLoop(asyncio.SelectorEventLoop):
    """Virtual time beside real sockets: it waits while a command is under way and jumps when none is."""

    def __init__(self, age: Callable[[int], None], start_ms: int) -> None:
        self.under_way = 0
        self._age, self._start_ms = age, start_ms
        self._now_ns = 0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._now_ns / 1e9

    def now_ms(self) -> int:
        return self._start_ms + self._now_ns // 1_000_000

    def jump(self) -> None:
        """To the next timer. RuntimeError when there is none."""
        if not self._scheduled:  # type: ignore[attr-defined]
            raise RuntimeError("deadlock: every task waits and no timer is set")
        before_ms = self.now_ms()
        when: float = self._scheduled[0]._when  # type: ignore[attr-defined]
        self._now_ns = max(self._now_ns, round(when * 1e9))
        if self.now_ms() > before_ms:
            self._age(self.now_ms() - before_ms)

    @contextmanager
    def command(self) -> Iterator[None]:
        """Time stands still."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1


class _Selector(selectors.DefaultSelector):
    """Sockets first; time moves when they have nothing to say and owe no answer."""

    def __init__(self, loop: AgingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        may_wait = timeout is None or timeout > 0
        found = super().select(None if may_wait and self._loop.under_way else 0)
        if may_wait and not found:
            self._loop.jump()
        return found


class AgingClock:
    """The clock of such a loop."""

    def __init__(self, loop: AgingLoop) -> None:
        self._loop = loop

    def now_ms(self) -> int:
        return self._loop.now_ms()

    def elapsed_ns(self) -> int:
        """Nanoseconds since the loop's start."""
        return round(self._loop.time() * 1e9)

    async def sleep_ms(self, duration_ms: float) -> None:
        await asyncio.sleep(duration_ms / 1000)


class _Client(redis.asyncio.Redis):
    """Tells the loop what is under way. `switch.connected = False` makes every command a ConnectionError."""

    switch: Any = None

    async def execute_command(self, *arguments: Any, **options: Any) -> Any:
        with under_way(self.switch):
            return await super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call] # theirs

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> _Pipeline:
        made = _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.switch = self.switch
        return made


class _Pipeline(Pipeline):
    switch: Any = None

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        with under_way(self.switch):
            return await super().execute(raise_on_error)

    async def immediate_execute_command(self, *arguments: Any, **options: Any) -> Any:
        with under_way(self.switch):
            return await super().immediate_execute_command(*arguments, **options)  # type: ignore[no-untyped-call] # theirs

    async def reset(self) -> None:  # type: ignore[override] # a pipeline's reset is not the RESET command
        with under_way(None):
            await super().reset()  # type: ignore[no-untyped-call] # theirs


@contextmanager
def under_way(switch: Any) -> Iterator[None]:
    """Time stands still while a command of a client is under way. ConnectionError for one that is switched off."""
    if switch is not None and not switch.connected:
        raise redis.ConnectionError("switched off")
    loop = asyncio.get_running_loop()
    assert isinstance(loop, AgingLoop), "made for run_aging"
    with loop.command():
        yield


class RealRedis:
    """One server, by the arguments that a Redis client connects with. It is emptied when a run begins."""

    def __init__(self, address: Mapping[str, Any]) -> None:
        self._address = address
        self._clients: list[Any] = []

    def client(self, switch: Any = None) -> Any:
        """A new async client, for use inside `run`."""
        made = _Client(**self._address)
        made.switch = switch
        self._clients.append(made)
        return made

    def run(self, main: Callable[[AgingClock], Awaitable[T]], start_ms: int = START_MS) -> T:
        """`run_virtual`, but on the real server."""
        with redis.Redis(**self._address) as server:
            return self.run_over([server], main, start_ms)

    def run_over(
        self, servers: Sequence[redis.Redis], main: Callable[[AgingClock], Awaitable[T]], start_ms: int = START_MS
    ) -> T:
        """On these servers, which are emptied, and grow older together."""
        for server in servers:
            server.flushall()
        ages = [server.register_script(AGE) for server in servers]

        def age(by_ms: int) -> None:
            for one in ages:
                one(args=[by_ms])

        loop = AgingLoop(age, start_ms)
        try:
            return loop.run_until_complete(self._closing(main(AgingClock(loop))))
        finally:
            loop.close()

    async def _closing(self, main: Awaitable[T]) -> T:
        try:
            return await main
        finally:
            while self._clients:
                await self._clients.pop().aclose()
