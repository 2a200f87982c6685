"""A crowd to read from: authors with a few tweets each, and readers who follow more and more of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from math import exp, log
from pathlib import Path
from statistics import median
from typing import Any

from twitterlab.errors import BadInput
from twitterlab.parts.schema import Schema
from twitterlab.storage.database import FILE
from twitterlab.world.live import stopwatch_ns

FOLLOWEES = (1, 3, 10, 30, 100, 300, 1_000)
"""How many people each reader follows. Reader `READERS + n` follows authors 1 to n."""
READERS = 1_000_000
TWEETS_EACH = 5
PAGE = 20
NEWEST = 2**63 - 1


def tweet_ids(authors: int) -> list[int]:
    """Tweets of authors 1 to `authors`, newest first: the authors take turns."""
    ids = (round_ * FOLLOWEES[-1] + author for round_ in range(TWEETS_EACH) for author in range(1, authors + 1))
    return sorted(ids, reverse=True)


def fill(schema: Schema, folder: Path) -> None:
    """Make the database in one transaction, by the schema part's own statements."""
    folder.mkdir(parents=True, exist_ok=True)
    database, queries = sqlite3.connect(folder / FILE, isolation_level=None), schema.queries()
    for statement in ("PRAGMA journal_mode = WAL", *schema.tables()):
        database.execute(statement)
    authors, readers = range(1, FOLLOWEES[-1] + 1), [READERS + count for count in FOLLOWEES]
    empty = dict.fromkeys(("reply_to", "retweet_of", "quote_of"))
    database.execute("BEGIN")
    database.executemany(
        queries.add_user,
        ({"id": user, "handle": f"u{user}", "name": "N", "created_ms": 1} for user in (*authors, *readers)),
    )
    database.executemany(
        queries.add_tweet,
        (
            {"id": id_, "author_id": (id_ - 1) % FOLLOWEES[-1] + 1, "text": "tea", "created_ms": id_, **empty}
            for id_ in reversed(tweet_ids(FOLLOWEES[-1]))
        ),
    )
    database.executemany(
        queries.follow,
        (
            {"follower_id": READERS + count, "followee_id": author, "at_ms": 1}
            for count in FOLLOWEES
            for author in range(1, count + 1)
        ),
    )
    database.execute("COMMIT")
    database.close()


@contextmanager
def redis_at_hand() -> Iterator[tuple[Any, str]]:
    """A client of a private Valkey server where there is one, else of fakeredis; and what it is."""
    from twitterlab.servers import valkey

    try:
        valkey.VALKEY.need()
    except BadInput:
        from twitterlab.world.fake_redis import fake_redis

        yield fake_redis(), "fakeredis"
        return
    with valkey.open(settings={"save": '""'}) as server:
        yield server.client(), server.label()


async def median_ms(read: Callable[[], Awaitable[object]], times: int) -> float:
    """The median duration of `times` reads after one that warms up."""
    await read()
    durations = []
    for _ in range(times):
        started_ns = stopwatch_ns()
        await read()
        durations.append(stopwatch_ns() - started_ns)
    return median(durations) / 1e6


def crossover(x: tuple[int, ...], falling_behind: list[float], overtaking: list[float]) -> float:
    """Where the second curve becomes the lower one for good, between points on a log-log line; NaN when it never
    does, the first x when it always was."""
    gaps = [log(a / b) for a, b in zip(falling_behind, overtaking, strict=True)]
    if gaps[-1] <= 0:
        return float("nan")
    last = max((index for index, gap in enumerate(gaps) if gap <= 0), default=-1)
    if last < 0:
        return float(x[0])
    share = -gaps[last] / (gaps[last + 1] - gaps[last])
    return exp(log(x[last]) + share * (log(x[last + 1]) - log(x[last])))
