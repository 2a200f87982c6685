"""The bench of day 1.2: a database made by the part, on the standard library's sqlite3, and how to speak of it."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from twitterlab.course.checks import CheckFailed
from twitterlab.parts.schema import Queries

TOP = 2**62
CELEBRITY = 3
TABLES = {"like": "likes", "follow": "follows", "add_user": "users", "add_tweet": "tweets"}
ASK: dict[str, Any] = {
    "id": TOP, "handle": "new", "name": "New", "created_ms": 1, "author_id": 1, "text": "hi", "reply_to": None, "retweet_of": None,
    "quote_of": None, "user_id": 1, "tweet_id": 1, "follower_id": 1, "followee_id": 2, "at_ms": 1, "before_id": TOP, "after_id": 0, "limit": 20,
}  # fmt: skip


def around(these: list[int], those: list[int]) -> str:
    """Where `these` first differ from `those`, with a little of what is around it."""
    same = next((i for i, (a, b) in enumerate(zip(these, those, strict=False)) if a != b), min(len(these), len(those)))
    start = max(0, same - 4)
    return f"{'…, ' if start else ''}{', '.join(map(str, these[start : same + 4]))}{', …' if same + 4 < len(these) else ''}"


class Base:
    """A database made by the part, asked by the names of its statements: three users, who wrote `tweets` in turn, and
    a `crowd` that follows user 3 and is followed back, and likes and retweets tweet 1."""

    def __init__(self, part: Any, tweets: int = 0, crowd: int = 0) -> None:
        schema = part()
        self.queries: Queries = schema.queries()
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        for _ in range(2):
            for statement in schema.tables():
                self._prepare(statement)
        for user in (1, 2, 3):
            self.ask("add_user", id=user, handle=f"user{user}", name="N")
        self.ask("follow")
        for tweet in range(1, tweets + 1):
            self.ask("add_tweet", id=tweet, author_id=tweet % 3 + 1, reply_to=1 if tweet % 4 == 2 else None)
            self.ask("add_mention", tweet_id=tweet, user_id=1)
            self.ask("like", user_id=2, tweet_id=tweet)
        for user in range(1_000, 1_000 + crowd):
            self.ask("add_user", id=user, handle=f"user{user}")
            self.ask("follow", follower_id=user, followee_id=CELEBRITY)
            self.ask("follow", follower_id=CELEBRITY, followee_id=user)
            self.ask("like", user_id=user, tweet_id=1)
            self.ask("add_tweet", id=tweets + user, author_id=user, text="", retweet_of=1)

    def _prepare(self, statement: str) -> None:
        try:
            self.db.execute(statement)
        except sqlite3.Error as error:
            raise CheckFailed(
                "tables() to run, twice in a row",
                f"SQLite says {error}",
                flat(statement),
                re.escape(statement.strip().splitlines()[0]),
            ) from error

    def ask(self, name: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement, which must run."""
        try:
            return self._run(name, values)
        except sqlite3.Error as error:
            raise CheckFailed(
                f"{name} to run",
                f"SQLite says {error}",
                f"{call(name, **values)}: {flat(getattr(self.queries, name))}",
                f"{name}=",
            ) from error

    def _run(self, name: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self.db.execute(getattr(self.queries, name), {**ASK, **values}).fetchall()

    def steps(self, name: str, /, **values: Any) -> int:
        """How many steps SQLite's machine takes for one statement."""
        seen = [0]
        self.db.set_progress_handler(lambda: seen.__setitem__(0, seen[0] + 1), 1)
        self.ask(name, **values)
        self.db.set_progress_handler(None, 0)
        return seen[0]

    def rejects(self, name: str, /, **values: Any) -> bool:
        try:
            self._run(name, values)
        except sqlite3.IntegrityError:
            return True
        return False


def flat(statement: str) -> str:
    """A statement on one line."""
    return " ".join(statement.split())


def parameters(base: Base, name: str) -> list[str]:
    """The parameters a statement names, each once."""
    return list(dict.fromkeys(re.findall(r":([a-z_]+)", getattr(base.queries, name))))


def call(name: str, /, **values: Any) -> str:
    """A statement and its parameters, as a student would call it."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in values.items())})"
