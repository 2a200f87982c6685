"""What was acknowledged before a kill -9 is everywhere it must be after the restart, once.

Run as a program with a folder and an engine, this file is the victim: a platform on which people post. A line on its
standard output is an acknowledgement: `posted ID`, or `liked ID` for a like of that tweet by the first follower.
Redis is inside the process and dies with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.durable_arrays import DurableArrays
from twitterlab.storage.stores import Stores, open_stores
from twitterlab.world.chance import SeededChance
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)
ENGINES = ("sqlite", "arrays")
LONGEST = 60
"""A kill falls after fewer acknowledgements than this; more may come while the signal is on its way."""
AUTHORS = ("ann", "bob", "cat")
FOLLOWERS = ("fay", "gus", "hal", "ivy", "joe")
MENTIONED = "meg"
TOPIC = "topic"
WAYS = 2
"""So many posts of each author are under way at once."""


def start(folder: Path, engine: str) -> tuple[Platform, Stores]:
    """The platform, as after every start of the process: the disk as it was, Redis empty."""
    redis = fake_redis()
    if engine == "arrays":
        stores = DurableArrays(folder, "process").stores
    else:
        stores = open_stores(engine, folder, SOLVED.schema(), redis)
    return Platform(SOLVED, LiveWorld(), stores, redis, worker=f"worker-{os.getpid()}", limits={}), stores


async def ids(platform: Platform, stores: Stores) -> dict[str, int]:
    """Everybody by handle; at the first start they sign up, and every follower follows every author."""
    people = {}
    for handle in (*AUTHORS, *FOLLOWERS, MENTIONED):
        user = await stores.users.by_handle(handle) or await platform.client.sign_up(handle, handle)
        people[handle] = user.id
    for follower in FOLLOWERS:
        for author in AUTHORS:
            await platform.client.follow(people[follower], people[author])
    return people


def acknowledge(what: str, tweet_id: int) -> None:
    os.write(1, f"{what} {tweet_id}\n".encode())


async def posting(folder: Path, engine: str) -> None:
    platform, stores = start(folder, engine)
    people = await ids(platform, stores)
    client, fan = platform.client, people[FOLLOWERS[0]]

    async def post(author: int) -> None:
        while True:
            tweet = await client.post(author, f"hello @{MENTIONED} #{TOPIC}")
            acknowledge("posted", tweet.id)
            await client.like(fan, tweet.id)
            acknowledge("liked", tweet.id)

    async def read(reader: int) -> None:
        while True:
            await client.home(reader)
            await asyncio.sleep(0.002)

    await asyncio.gather(
        platform.run(asyncio.Event()),
        *(post(people[author]) for author in AUTHORS for _ in range(WAYS)),
        *(read(people[reader]) for reader in FOLLOWERS[1:3]),
    )


def killed(folder, engine, moment):
    """Everything acknowledged by a run that is killed after `moment` acknowledgements."""
    command = [sys.executable, __file__, str(folder), engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as posting:
        lines = [posting.stdout.readline() for _ in range(moment)]
        posting.send_signal(signal.SIGKILL)
        lines += posting.stdout.read().splitlines(keepends=True)
    whole = [line.decode().split() for line in lines if line.endswith(b"\n")]
    assert len(whole) >= moment, "the run ended by itself"
    return [(what, int(tweet_id)) for what, tweet_id in whole]


async def pages(read):
    """The items of all pages of a list."""
    found, cursor = [], None
    while True:
        page = await read(cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def restarted(folder, engine):
    """After a restart and the drain of what was pending: the tweets of the authors, then counts of the tweets on
    each follower's timeline and in search, and of notifications by (kind, tweet)."""
    platform, stores = start(folder, engine)
    try:
        await platform.drain()
        client, people = platform.client, await ids(platform, stores)
        fan = people[FOLLOWERS[0]]
        posted = Counter()
        for author in AUTHORS:
            shown = await pages(lambda c, a=author: client.tweets_of(fan, people[a], c))
            posted += Counter(view.tweet.id for view in shown)
        lists = {
            name: Counter(view.tweet.id for view in await pages(lambda c, n=name: client.home(people[n], c)))
            for name in FOLLOWERS
        }
        lists["search"] = Counter(view.tweet.id for view in await pages(lambda c: client.search(fan, f"#{TOPIC}", c)))
        told = Counter()
        for name in (*AUTHORS, MENTIONED):
            found = await pages(lambda c, n=name: client.notifications(people[n], c))
            told += Counter((notification.kind, notification.tweet_id) for notification in found)
        return posted, lists, told
    finally:
        await stores.close()


def check(folder, engine, seed, kills):
    """One database through many kills, each at another moment."""
    chance, acknowledged = SeededChance(seed, "kill"), []
    for number in range(kills):
        moment = 1 + chance.below(LONGEST)
        acknowledged += killed(folder, engine, moment)
        posted, lists, told = asyncio.run(restarted(folder, engine))
        where = f"{engine}, seed {seed}, kill {number} after {moment} acknowledgements"
        for tweet_id in (tweet_id for what, tweet_id in acknowledged if what == "posted"):
            assert posted[tweet_id] == 1, f"{where}: {tweet_id} is gone"
        for name, counts in lists.items():
            assert counts == posted, f"{where}: {name}"
        for tweet_id in posted:
            assert told["mention", tweet_id] == 1, f"{where}: mention in {tweet_id}"
        for what, tweet_id in acknowledged:
            assert what == "posted" or told["like", tweet_id] == 1, f"{where}: like of {tweet_id}"
        assert told.pop(("follow", None)) == len(FOLLOWERS) * len(AUTHORS), where
        assert set(told.values()) == {1}, where


@pytest.mark.parametrize("engine", ENGINES)
def test_every_acknowledged_tweet_survives_3_kills_on_every_timeline_once(tmp_path, engine):
    check(tmp_path, engine, seed=1, kills=3)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_every_acknowledged_tweet_survives_20_kills_on_every_timeline_once(tmp_path, engine):
    check(tmp_path, engine, seed=2, kills=20)


if __name__ == "__main__":
    asyncio.run(posting(Path(sys.argv[1]), sys.argv[2]))
