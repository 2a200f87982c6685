"""What SQLite acknowledged is there after the process was killed."""

import asyncio
import signal
import subprocess
import sys

from solutions.week1.day2_schema import SocialSchema
from twitterlab.storage.stores import open_stores

WRITER = """
import asyncio, sys
from pathlib import Path
from solutions.week1.day2_schema import SocialSchema
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.stores import open_stores

async def main():
    stores = open_stores("sqlite", Path(sys.argv[1]), SocialSchema())
    await stores.users.add(User(1, "one", "One", 0))
    await stores.users.add(User(2, "two", "Two", 0))
    for id_ in range(1, 1_000_000):
        await stores.tweets.add(Tweet(id_, 1, "hello @two", id_), [2], Event(id_, "posted", 1, id_))
        print(id_, flush=True)

asyncio.run(main())
"""


def test_every_acknowledged_write_survives_sigkill(tmp_path, pytestconfig):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=pytestconfig.rootpath
    )
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout.read().splitlines() if line]
    writer.wait()

    async def find():
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        try:
            limit = len(acknowledged) + 10
            tweets = await stores.tweets.by_author(1, 2**63 - 1, limit)
            mentions = await stores.tweets.mentions(2, 2**63 - 1, limit)
            return tweets, mentions, [event.id for event in await stores.outbox.pending(limit)]
        finally:
            await stores.close()

    tweets, mentions, events = asyncio.run(find())
    assert set(acknowledged) <= set(tweets)
    assert tweets == mentions == events[::-1]  # each post whole
