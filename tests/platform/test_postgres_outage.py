"""PostgreSQL goes away under a running platform and comes back: nothing acknowledged is lost, and it goes on."""

from __future__ import annotations

import asyncio

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.errors import Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.servers import postgres
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld

pytest.importorskip("psycopg")
from twitterlab.storage.postgres_stores import open_postgres

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)


@pytest.fixture
def tell(tmp_path):
    """Runs a story with a PostgreSQL that can be killed and a platform on it, whose worker is at work."""
    if postgres.POSTGRES.find() is None:
        pytest.skip(f"{postgres.POSTGRES.why_not()}. {postgres.POSTGRES.get_it}")

    def run(story):
        async def main(server):
            stores, redis, stop = open_postgres(server.address(), tmp_path), fake_redis(), asyncio.Event()
            platform = Platform(SOLVED, LiveWorld(), stores, redis)
            worker = asyncio.create_task(platform.run(stop))
            try:
                await story(server, platform, worker)
            finally:
                stop.set()
                await worker
                await stores.close()
                await redis.aclose()

        with postgres.open(tmp_path) as server:
            asyncio.run(main(server))

    return run


@pytest.mark.slow
def test_writes_are_refused_while_it_is_down_and_what_was_posted_before_and_after_arrives(tell):
    async def story(server, platform, worker):
        client = platform.client
        ann, bob = [(await client.sign_up(handle, handle.title())).id for handle in ("ann", "bob")]
        await client.follow(bob, ann)
        await client.post(ann, "before @bob")

        server.kill()
        with pytest.raises(Refused) as raised:
            await client.post(ann, "meanwhile")
        assert raised.value.kind == "unavailable"
        assert not worker.done()

        server.start()
        await client.post(ann, "after")
        while [view.shown.text for view in (await client.home(bob)).items] != ["after", "before @bob"]:
            await asyncio.sleep(0)
        while not (await client.notifications(bob)).items:
            await asyncio.sleep(0)
        assert [one.kind for one in (await client.notifications(bob)).items] == ["mention"]
        assert not worker.done()

    tell(story)
