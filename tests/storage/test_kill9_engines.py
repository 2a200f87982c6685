"""Every engine that keeps something: the whole process is killed under load, its servers go with it, and what was
acknowledged is there when the folder is opened again.

Run as a program with an engine and a folder, this file is the victim. A line on its standard output is an
acknowledgement.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.engines import open_engine

WRITERS, BEFORE_THE_KILL, TOP = 4, 40, 2**63 - 1
ENGINES = {
    "sqlite": (),
    "arrays": (),
    "valkey": ("valkey_server",),
    "valkey-cluster": ("valkey_server",),
    "sentinel": ("valkey_server",),
    "postgres": ("valkey_server", "postgres_server"),
    "postgres-replica": ("valkey_server", "postgres_server"),
    "mysql": ("valkey_server", "mysql_server"),
}


async def posting(engine, folder):
    async with open_engine(engine, folder, SocialSchema()) as (stores, redis):
        await stores.users.add(User(1, "one", "One", 0))

        async def write(writer):
            for id_ in range(writer, 1_000_000, WRITERS):
                await stores.tweets.add(Tweet(id_, 1, "hello", id_), [], Event(id_, "posted", 1, id_))
                await redis.set(f"posted:{id_}", 1)
                print(id_, flush=True)

        await asyncio.gather(*(write(writer) for writer in range(1, WRITERS + 1)))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_acknowledged_before_kill_9_of_everything_is_there_again(engine, tmp_path, request, pytestconfig):
    for server in ENGINES[engine]:
        request.getfixturevalue(server)  # skips where there is none
    command = [sys.executable, __file__, engine, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=pytestconfig.rootpath) as victim:
        lines = [victim.stdout.readline() for _ in range(BEFORE_THE_KILL)]
        victim.send_signal(signal.SIGKILL)
        lines += victim.stdout.read().splitlines(keepends=True)
    acknowledged = {int(line) for line in lines if line.endswith("\n")}

    async def found():
        async with open_engine(engine, tmp_path, SocialSchema()) as (stores, redis):
            tweets = await stores.tweets.by_author(1, TOP, 100_000)
            events = [event.id for event in await stores.outbox.pending(100_000)]
            keys = {id_ for id_ in acknowledged if await redis.exists(f"posted:{id_}")}
            return tweets, events, keys

    tweets, events, keys = asyncio.run(found())
    assert len(acknowledged) >= BEFORE_THE_KILL
    assert acknowledged <= set(tweets)
    assert sorted(tweets) == events  # each post whole
    if "valkey_server" in ENGINES[engine] and engine not in ("valkey-cluster", "sentinel"):
        assert keys == acknowledged  # the event log flushes before it answers


if __name__ == "__main__":
    asyncio.run(posting(sys.argv[1], Path(sys.argv[2])))
