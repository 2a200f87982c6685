"""The engines by name: what is asked for is what runs, and the label says so."""

from __future__ import annotations

import asyncio

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import BadInput
from twitterlab.model.user import User
from twitterlab.servers.mysql import MARIADB
from twitterlab.servers.postgres import POSTGRES
from twitterlab.servers.valkey import REDIS, VALKEY
from twitterlab.storage.engines import ALSO_CALLED, DEFAULT, ENGINES, engine, open_engine
from twitterlab.storage.timelines.memory import MemoryTimelines
from twitterlab.storage.timelines.redis import RedisTimelines

PROGRAMS = {
    "mariadb": MARIADB,
    "valkey": VALKEY,
    "valkey-cluster": VALKEY,
    "sentinel": VALKEY,
    "redis": REDIS,
    "postgresql": POSTGRES,
    "postgresql-replica": POSTGRES,
}


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.slow] if one.fails_over else []) for name, one in ENGINES.items()]
)
def name(request):
    """Every engine that can run here."""
    chosen = ENGINES[request.param]
    for program in (PROGRAMS.get(chosen.server), PROGRAMS.get(chosen.rows)):
        if program is not None and program.find() is None:
            pytest.skip(f"{program.why_not()}. {program.get_it}")
    if chosen.rows == "postgresql":
        pytest.importorskip("psycopg")
    if chosen.rows == "mariadb":
        pytest.importorskip("pymysql")
    return request.param


def test_each_opens_and_its_label_names_what_answers(name, tmp_path):
    has_timelines = engine(name).has_timelines

    async def story():
        async with open_engine(name, tmp_path, SocialSchema()) as (stores, redis):
            await stores.users.add(User(1, "ann", "Ann", 0))
            await stores.timelines.fill(1, [7], True)
            await redis.set("k", "v")
            in_redis = await (stores.copies or redis).exists("timeline:1", "timeline:{1}:1") if has_timelines else 0
            return stores.engine, type(stores.timelines), in_redis

    label, timelines, in_redis = asyncio.run(story())
    chosen = engine(name)
    rows, server = label.split("+")
    assert rows.startswith(chosen.rows)
    assert server.startswith(chosen.server)
    if rows != "arrays":  # whose own are behind the journal
        assert issubclass(timelines, RedisTimelines if chosen.has_timelines else MemoryTimelines)
    assert in_redis == chosen.has_timelines


def test_what_a_folder_holds_is_there_again_and_what_a_process_held_is_not(name, tmp_path):
    async def visit(write):
        async with open_engine(name, tmp_path, SocialSchema()) as (stores, redis):
            if write:
                await stores.users.add(User(1, "ann", "Ann", 0))
                await redis.set("k", "v")
            return [user.handle for user in await stores.users.many([1])], await redis.get("k")

    asyncio.run(visit(True))
    handles, kept = asyncio.run(visit(False))
    assert handles == ([] if ENGINES[name].rows == "memory" else ["ann"])
    assert kept == (None if ENGINES[name].server == "fakeredis" else b"v")


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(BadInput, match="no engine 'mongo'") as refused:
        engine("mongo")
    assert all(name in refused.value.next_step for name in (*ENGINES, *ALSO_CALLED))


def test_the_default_needs_no_server():
    assert engine(DEFAULT).server == "fakeredis"
