"""Redis on virtual time: lifetimes, stream ids and idle times follow the loop."""

from __future__ import annotations

import fakeredis
import pytest
import redis

from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import START_MS, VirtualClock, run_virtual


def test_a_key_lives_exactly_its_lifetime() -> None:
    async def main(clock: VirtualClock) -> list[bytes | None]:
        client = fake_redis()
        await client.set("k", "v", px=60_000)
        seen = [await client.get("k")]
        await clock.sleep_ms(59_999)
        seen.append(await client.get("k"))
        await clock.sleep_ms(2)
        seen.append(await client.get("k"))
        return seen

    assert run_virtual(main) == [b"v", b"v", None]


def test_a_stream_knows_virtual_time() -> None:
    async def main(clock: VirtualClock) -> None:
        client = fake_redis()
        await client.xgroup_create("s", "g", mkstream=True)
        entry = await client.xadd("s", {"a": "1"})
        assert entry == f"{START_MS}-0".encode()
        await client.xreadgroup("g", "one", {"s": ">"})
        await clock.sleep_ms(10_000)
        (pending,) = await client.xpending_range("s", "g", "-", "+", 10)
        assert pending["time_since_delivered"] == 10_000
        assert (await client.xautoclaim("s", "g", "two", min_idle_time=10_001))[1] == []
        await clock.sleep_ms(1)
        assert [item[0] for item in (await client.xautoclaim("s", "g", "two", min_idle_time=10_001))[1]] == [entry]

    run_virtual(main)


def test_a_server_that_is_down_says_so() -> None:
    async def main(clock: VirtualClock) -> None:
        server = fakeredis.FakeServer()
        client = fake_redis(server)
        server.connected = False
        with pytest.raises(redis.ConnectionError):
            await client.get("k")
        server.connected = True
        assert await client.get("k") is None

    run_virtual(main)


def test_each_client_has_a_server_of_its_own() -> None:
    async def main(clock: VirtualClock) -> None:
        await fake_redis().set("k", "v")
        assert await fake_redis().get("k") is None

    run_virtual(main)
