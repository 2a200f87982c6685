"""Ten times the data: how much more work is a page? Counted in steps of SQLite's virtual machine, not in time."""

from __future__ import annotations

import sqlite3

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.schema import Schema

SIZES = (2_000, 6_000, 20_000)
"""Tweets in the database; every author has at least a page of them."""
SMALL, GROWN = SIZES[0], SIZES[-1]
AUTHORS, FOLLOWEES, PAGE = 100, 20, 20
READER = 1


def run(schema: Schema, without: Schema) -> Finding:
    """The home page of one reader, while everybody goes on posting."""
    steps, heaped = ([_steps(each, size) for size in SIZES] for each in (schema, without))
    growth, growth_without = _percent(steps), _percent(heaped)

    def figure(name: str, value: float, note: str) -> Figure:
        return Figure(name, "%", value, "simulated", "sqlite", note=note)

    return Finding(
        "The database grows tenfold. How much more work is the same home page?",
        ("about none", "about twice", "about ten times"),
        0,
        f"With the schema {growth:+.0f} %, without an index {growth_without:+.0f} % "
        f"({steps[-1]:,} against {heaped[-1]:,} steps of the virtual machine at {GROWN:,} tweets).",
        (
            figure("home_page_growth_percent", growth, f"steps at {GROWN:,} tweets against {SMALL:,}"),
            figure("home_page_growth_percent_without", growth_without, "the null part: no index"),
        ),
        (
            Plot(
                "The work of one home page as the data grows", "tweets", "steps",
                (
                    Line("with indexes", SIZES, tuple(map(float, steps))),
                    Line("a heap of rows", SIZES, tuple(map(float, heaped))),
                ),
                log_x=True, log_y=True,
                note="An index leads to the newest tweets of each followee; without one every tweet is looked at.",
            ),
        ),
    )  # fmt: skip


def _percent(steps: list[int]) -> float:
    return 100 * (steps[-1] / max(steps[0], 1) - 1)


def _steps(schema: Schema, tweets: int) -> int:
    """Steps of the virtual machine for the first page."""
    database, queries = sqlite3.connect(":memory:", isolation_level=None), schema.queries()
    for statement in schema.tables():
        database.execute(statement)
    users = ({"id": user, "handle": f"u{user}", "name": "N", "created_ms": 1} for user in range(1, AUTHORS + 1))
    database.execute("BEGIN")
    database.executemany(queries.add_user, users)
    database.executemany(queries.add_tweet, (_tweet(number) for number in range(1, tweets + 1)))
    followees = ({"follower_id": READER, "followee_id": READER + n, "at_ms": 1} for n in range(1, FOLLOWEES + 1))
    database.executemany(queries.follow, followees)
    database.execute("COMMIT")
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    database.set_progress_handler(count, 1)
    database.execute(queries.home_page, {"user_id": READER, "before_id": 2**63 - 1, "limit": PAGE}).fetchall()
    database.close()
    return steps


def _tweet(number: int) -> dict[str, object]:
    empty = dict.fromkeys(("reply_to", "retweet_of", "quote_of"))
    return {"id": number, "author_id": number % AUTHORS + 1, "text": "tea", "created_ms": number, **empty}
