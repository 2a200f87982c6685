"""A process that stores tweets and acknowledges each on a line of its own, until somebody kills it.

Run by `experiments.write_behind` with the schema part's statements as JSON on its standard input. It
either commits before it acknowledges (write-through) or acknowledges and commits later (write-behind).
"""

from __future__ import annotations

import json
import sqlite3
import sys
from typing import Any

FLUSH_EVERY = 64
"""Write-behind commits this many acknowledged tweets at once."""


def main() -> None:
    """Write for ever."""
    order = json.loads(sys.stdin.readline())
    database = sqlite3.connect(order["path"], isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    for statement in order["tables"]:
        database.execute(statement)
    database.execute(order["add_user"], {"id": 1, "handle": "writer", "name": "Writer", "created_ms": 1})
    batch = FLUSH_EVERY if order["is_behind"] else 1
    held: list[dict[str, Any]] = []
    number = 0
    while True:
        number += 1
        held.append(_row(number))
        if len(held) == batch and not order["is_behind"]:
            _commit(database, order["add_tweet"], held)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if len(held) == batch:
            _commit(database, order["add_tweet"], held)


def _row(number: int) -> dict[str, Any]:
    empty = dict.fromkeys(("reply_to", "retweet_of", "quote_of"))
    return {"id": number, "author_id": 1, "text": f"tweet {number}", "created_ms": number, **empty}


def _commit(database: sqlite3.Connection, statement: str, held: list[dict[str, Any]]) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.executemany(statement, held)
    database.execute("COMMIT")
    held.clear()


if __name__ == "__main__":
    main()
