"""Redis across the simulated network: redis-py unmodified, each batch done once, loss and crashes as errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis

from twitterlab.model.fault import Crash, Duplicating, Lossy
from twitterlab.world.redis_node import RedisServer, encode, node_redis
from twitterlab.world.samplers import Constant
from twitterlab.world.sim import SimWorld

Story = Callable[[SimWorld, Any], Awaitable[Any]]


def tell(story: Story, server: RedisServer | None = None, timeout_ms: float = 100) -> Any:
    world = SimWorld(seed=1)
    world.nodes.add("redis", server or RedisServer(), zone="b")
    client = node_redis(world.nodes.add("app"), "redis", timeout_ms)
    return world.run(story(world, client))


def test_commands_of_every_kind_answer_as_redis_does() -> None:
    async def story(world: SimWorld, client: Any) -> None:
        assert await client.set("k", "v", px=60_000) is True
        assert await client.mget("k", "none") == [b"v", None]
        assert await client.zadd("z", {"a": 1.5}) == 1
        assert await client.zrange("z", 0, -1, withscores=True) == [(b"a", 1.5)]
        assert await client.hset("h", mapping={"a": 1}) == 1
        assert await client.hgetall("h") == {b"a": b"1"}
        await client.xgroup_create("s", "g", mkstream=True)
        entry = await client.xadd("s", {"a": "1"})
        assert await client.xreadgroup("g", "one", {"s": ">"}) == [[b"s", [(entry, {b"a": b"1"})]]]
        (pending,) = await client.xpending_range("s", "g", "-", "+", 10)
        assert pending["message_id"] == entry
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            await client.lpush("k", 1)
        await world.clock.sleep_ms(60_000)
        assert await client.get("k") is None

    tell(story)


def test_a_pipeline_is_one_round_trip() -> None:
    async def story(world: SimWorld, client: Any) -> tuple[list[Any], float]:
        started = world.kernel.now_ns
        async with client.pipeline(transaction=True) as pipe:
            for number in range(100):
                pipe.rpush("l", number)
            pipe.llen("l")
            answers = await pipe.execute()
        return answers, (world.kernel.now_ns - started) / 1e6

    answers, took_ms = tell(story)
    assert answers[-1] == 100
    assert 2.0 < took_ms < 2.3 + 0.2, "one way there and one back, between two zones"


def test_commands_wait_for_the_server_s_one_core() -> None:
    async def story(world: SimWorld, client: Any) -> float:
        started = world.kernel.now_ns
        await asyncio.gather(*(client.incr("n") for _ in range(10)))
        assert await client.get("n") == b"10"
        return (world.kernel.now_ns - started) / 1e6

    assert 50 < tell(story, RedisServer(command=Constant(5))) < 61


def test_what_the_network_repeats_is_done_once() -> None:
    async def story(world: SimWorld, client: Any) -> bytes:
        world.faults.inject(Duplicating(1.0), "redis")
        for _ in range(50):
            await client.incr("n")
        return await client.get("n")

    assert tell(story) == b"50"


def test_a_lost_message_is_a_connection_error_and_the_next_command_works() -> None:
    async def story(world: SimWorld, client: Any) -> int:
        repair = world.faults.inject(Lossy(1.0), "redis")
        with pytest.raises(redis.ConnectionError, match="did not answer"):
            await client.incr("n")
        repair()
        return await client.incr("n")

    assert tell(story) == 1


@pytest.mark.parametrize(("is_durable", "kept"), [(False, None), (True, b"v")])
def test_a_crash_is_refused_and_empties_what_is_not_durable(is_durable: bool, kept: bytes | None) -> None:
    async def story(world: SimWorld, client: Any) -> bytes | None:
        await client.set("k", "v")
        repair = world.faults.inject(Crash(), "redis")
        with pytest.raises(redis.ConnectionError, match="redis is down"):
            await client.get("k")
        repair()
        return await client.get("k")

    assert tell(story, RedisServer(is_durable)) == kept


def test_replies_are_encoded_as_the_protocol_has_them() -> None:
    assert (
        encode([1, b"a", None, ["b", 2.5], True])
        == b"*5\r\n:1\r\n$1\r\na\r\n$-1\r\n*2\r\n$1\r\nb\r\n$3\r\n2.5\r\n:1\r\n"
    )
    assert encode({b"k": 1}) == b"*2\r\n$1\r\nk\r\n:1\r\n"
    assert encode(redis.ResponseError("wrong")) == b"-ERR wrong\r\n"
    assert encode(redis.ResponseError("BUSYGROUP exists")) == b"-BUSYGROUP exists\r\n"
