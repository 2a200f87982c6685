"""What was acknowledged before a kill -9 is everywhere it must be after the restart, once."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter

import pytest

from tests.platform.posting_run import AUTHORS, FOLLOWERS, MENTIONED, TOPIC, ids, start
from twitterlab.world.chance import SeededChance

LONGEST = 60
"""A kill falls after fewer acknowledgements than this; more may come while the signal is on its way."""


def killed(folder, root, moment):
    """Everything acknowledged by a run that is killed after `moment` acknowledgements."""
    command = [sys.executable, "-m", "tests.platform.posting_run", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as posting:
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


async def restarted(folder):
    """After a restart and the drain of what was pending: the tweets of the authors, then counts of the tweets on
    each follower's timeline and in search, and of notifications by (kind, tweet)."""
    platform, stores = start(folder)
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


def check(folder, root, seed, kills):
    """One database through many kills, each at another moment."""
    chance, acknowledged = SeededChance(seed, "kill"), []
    for number in range(kills):
        moment = 1 + chance.below(LONGEST)
        acknowledged += killed(folder, root, moment)
        posted, lists, told = asyncio.run(restarted(folder))
        where = f"seed {seed}, kill {number} after {moment} acknowledgements"
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


def test_every_acknowledged_tweet_survives_3_kills_on_every_timeline_once(tmp_path, pytestconfig):
    check(tmp_path, pytestconfig.rootpath, seed=1, kills=3)


@pytest.mark.slow
def test_every_acknowledged_tweet_survives_20_kills_on_every_timeline_once(tmp_path, pytestconfig):
    check(tmp_path, pytestconfig.rootpath, seed=2, kills=20)
