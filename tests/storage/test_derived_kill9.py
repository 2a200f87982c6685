"""What is derived from events and kept beside the rows: `kill -9` loses nothing that was acknowledged."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from twitterlab.storage.search.port import TweetQuery

pytestmark = pytest.mark.slow
TOP, ENOUGH = 2**63 - 1, 200
ANALYTICS = """
import asyncio, sys
from pathlib import Path
from twitterlab.model.engagement import Engagement
from twitterlab.storage.analytics.{engine} import open_analytics

async def main():
    analytics = open_analytics(Path(sys.argv[1]))
    for start in range(0, 10**9, 20):
        await analytics.record([Engagement(id_, "post", id_) for id_ in range(start, start + 20)])
        print(start + 20, flush=True)

asyncio.run(main())
"""
SEARCH = """
import asyncio, sys
from pathlib import Path
from twitterlab.model.tweet import Tweet
from twitterlab.storage.search.tantivy import TantivySearch

async def main():
    search = TantivySearch(Path(sys.argv[1]))
    for start in range(0, 10**9, 20):
        for id_ in range(start, start + 20):
            await search.index(Tweet(id_, 1, "all", id_))
        await search.settle()
        print(start + 20, flush=True)

asyncio.run(main())
"""


def killed(program, folder):
    """Run it until it has acknowledged enough, kill it, and say how many it had acknowledged."""
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    acknowledged = 0
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= ENOUGH:
            process.kill()
    process.wait()
    process.stdout.close()
    assert acknowledged >= ENOUGH, "it ended by itself"
    return acknowledged


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_every_count_that_was_acknowledged_is_there(engine, tmp_path):
    if engine == "duckdb":
        pytest.importorskip("duckdb")
    acknowledged = killed(ANALYTICS.format(engine=engine), tmp_path)

    async def counted():
        module = __import__(f"twitterlab.storage.analytics.{engine}", fromlist=["open_analytics"])
        analytics = module.open_analytics(tmp_path)
        try:
            return sum(one.count for one in await analytics.by_hour(0, TOP))
        finally:
            await analytics.close()

    found = asyncio.run(counted())
    assert found >= acknowledged
    assert found % 20 == 0  # each batch whole


def test_every_tweet_that_was_settled_is_found(tmp_path):
    pytest.importorskip("tantivy")
    acknowledged = killed(SEARCH, tmp_path)

    async def found():
        from twitterlab.storage.search.tantivy import TantivySearch

        search = TantivySearch(tmp_path)
        try:
            return await search.find(TweetQuery(("all",)), TOP, 1_000_000)
        finally:
            await search.close()

    ids = asyncio.run(found())
    assert set(range(acknowledged)) <= set(ids)
    assert len(ids) == len(set(ids))
