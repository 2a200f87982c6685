"""A real server on virtual time: what it holds grows older when the clock jumps."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
import redis

from twitterlab.world.real_redis import RealRedis


@pytest.fixture
def real(valkey_server):
    return RealRedis(valkey_server.address())


def test_a_key_lives_its_lifetime(real):
    async def main(clock):
        client = real.client()
        await client.set("k", "v", ex=3600)
        await client.set("for ever", "v")
        seen = [await client.get("k")]
        await clock.sleep_ms(3_500_000)
        seen.append(await client.get("k"))
        await clock.sleep_ms(100_000)
        assert await client.get("for ever") == b"v"
        return [*seen, await client.get("k")]

    assert real.run(main) == [b"v", b"v", None]


def test_what_a_consumer_holds_is_idle_for_longer(real):
    async def main(clock):
        client = real.client()
        await client.xgroup_create("s", "g", mkstream=True)
        ids = [await client.xadd("s", {"n": number}) for number in range(2)]
        for _ in range(2):
            await client.xreadgroup("g", "one", {"s": ">"}, count=1)
            await clock.sleep_ms(10_000)
        elder, younger = await client.xpending_range("s", "g", "-", "+", 10)
        assert [held["message_id"] for held in (elder, younger)] == ids
        assert [held["times_delivered"] for held in (elder, younger)] == [1, 1]
        assert 20_000 <= elder["time_since_delivered"] < 25_000
        assert 10_000 <= younger["time_since_delivered"] < 15_000

    real.run(main)


def test_time_stands_still_while_a_command_is_under_way(real):
    async def main(clock):
        start_ms = clock.now_ms()
        timer = asyncio.create_task(clock.sleep_ms(1))
        for _ in range(50):
            await real.client().ping()
            assert clock.now_ms() == start_ms
        await timer
        return clock.now_ms() - start_ms

    assert real.run(main) == 1


def test_each_run_begins_with_an_empty_server(real):
    async def main(clock):
        client = real.client()
        seen = await client.get("k")
        await client.set("k", "v")
        return seen

    assert [real.run(main), real.run(main)] == [None, None]


def test_a_switch_makes_it_unreachable_and_back(real):
    async def main(clock):
        switch = SimpleNamespace(connected=False)
        client = real.client(switch)
        with pytest.raises(redis.ConnectionError):
            await client.get("k")
        with pytest.raises(redis.ConnectionError):
            await client.pipeline().get("k").execute()
        switch.connected = True
        assert await client.get("k") is None

    real.run(main)


def test_waiting_for_nothing_is_a_deadlock_and_said(real):
    async def main(clock):
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="deadlock"):
        real.run(main)
