"""Benchmark of search: the index of SQLite, and LIKE over the same tweets in SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.parts import assemble
from twitterlab.course.workbook import Workbook
from twitterlab.model.tweet import Tweet
from twitterlab.stage.whole_setup import texts
from twitterlab.storage.database import FILE
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.stores import Stores, open_stores

RARE, EVERY = "zebra", 100
FINDS, PAGE = 20, 20
NEWEST = 2**63 - 1


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    """The word is in one tweet of `EVERY`; both find the newest twenty. Steps are those of SQLite's machine."""
    tweets = _tweets(2_500 if is_short else 10_000)
    schema = assemble(book, 1, False).parts["schema"]
    with tempfile.TemporaryDirectory(prefix="twitterlab-search-") as folder, asyncio.Runner() as runner:
        stores = open_stores("sqlite", Path(folder), schema())
        runner.run(_index(stores, tweets))
        bare = sqlite3.connect(":memory:")
        bare.execute("CREATE TABLE tweets (id INTEGER PRIMARY KEY, text TEXT)")
        bare.executemany("INSERT INTO tweets VALUES (?, ?)", [(tweet.id, tweet.text) for tweet in tweets])

        def scanned() -> list[int]:
            found = bare.execute(
                "SELECT id FROM tweets WHERE text LIKE ? ORDER BY id DESC LIMIT ?", (f"%{RARE}%", PAGE)
            )
            return [row[0] for row in found]

        async def find() -> list[int]:
            found: list[int] = []
            for _ in range(FINDS):
                found = await stores.search.find(TweetQuery((RARE,)), NEWEST, PAGE)
            return found

        def by_hand() -> None:
            for _ in range(FINDS):
                scanned()

        wrong = sum(mine != theirs for mine, theirs in zip(runner.run(find()), scanned(), strict=True))
        counts = {"wrong answers": wrong, "steps a page, ten times the tweets": _growth(book, folder)}
        yield Contest(lambda: runner.run(find()), by_hand, FINDS, FINDS, counts)
        bare.close()
        runner.run(stores.close())


def _tweets(count: int) -> list[Tweet]:
    pool = texts()
    return [
        Tweet(number, 1, f"{pool[number % len(pool)]} {RARE}" if number % EVERY == 0 else pool[number % len(pool)], number)
        for number in range(1, count + 1)
    ]  # fmt: skip


async def _index(stores: Stores, tweets: list[Tweet]) -> None:
    await asyncio.gather(*(stores.search.index(tweet) for tweet in tweets))


def _growth(book: Workbook, folder: str) -> float:
    """Steps of a find among ten times the tweets that do not match, as a multiple."""
    steps = []
    for number, others in enumerate((400, 4_000)):
        place = Path(folder) / f"growth-{number}"
        place.mkdir()
        with asyncio.Runner() as runner:
            stores = open_stores("sqlite", place, assemble(book, 1, False).parts["schema"]())
            pool = texts()
            tweets = [Tweet(id_, 1, pool[id_ % len(pool)], id_) for id_ in range(1, others)]
            tweets += [Tweet(others + id_, 1, f"a {RARE}", id_) for id_ in range(PAGE)]
            runner.run(_index(stores, tweets))
            steps.append(_steps(place / FILE))
            runner.run(stores.close())
    return steps[1] / steps[0]


def _steps(path: Path) -> int:
    """Steps of SQLite's machine for the statement that the engine finds with."""
    counted = [0]
    connection = sqlite3.connect(path)

    def step() -> int:
        counted[0] += 1
        return 0

    connection.set_progress_handler(step, 1)
    table = next(
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%fts5%'").fetchall()
    )
    counted[0] = 0
    connection.execute(
        f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC LIMIT ?", (RARE, PAGE)
    ).fetchall()
    connection.close()
    return counted[0]
