"""A platform on SQLite on which people post until the process is killed: `python -m tests.platform.posting_run FOLDER`.

A line on standard output is an acknowledgement: `posted ID`, or `liked ID` for a like of that tweet by the first
follower. Redis is inside the process and dies with it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.stores import Stores, open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)
AUTHORS = ("ann", "bob", "cat")
FOLLOWERS = ("fay", "gus", "hal", "ivy", "joe")
MENTIONED = "meg"
TOPIC = "topic"
WAYS = 2
"""So many posts of each author are under way at once."""


def start(folder: Path) -> tuple[Platform, Stores]:
    """The platform, as after every start of the process: the disk as it was, Redis empty."""
    redis = fake_redis()
    stores = open_stores("sqlite", folder, SOLVED.schema(), redis)
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


async def main(folder: Path) -> None:
    platform, stores = start(folder)
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


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
