"""Tweets and likes in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet, TweetCounts
from twitterlab.parts.queue import Event
from twitterlab.storage.postgres_database import Connection, PostgresDatabase, commit_event
from twitterlab.storage.users.postgres import count, counted

TABLES = (
    """CREATE TABLE IF NOT EXISTS tweets (id BIGINT PRIMARY KEY, author_id BIGINT NOT NULL REFERENCES users,
    text TEXT NOT NULL, created_ms BIGINT NOT NULL, reply_to BIGINT, retweet_of BIGINT, quote_of BIGINT,
    media TEXT[] NOT NULL, CHECK (text <> '' OR retweet_of IS NOT NULL))""",
    "CREATE INDEX IF NOT EXISTS tweets_by_author ON tweets (author_id, id)",
    "CREATE INDEX IF NOT EXISTS tweets_by_parent ON tweets (reply_to, id) WHERE reply_to IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS tweets_by_original ON tweets (retweet_of, author_id) WHERE retweet_of IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS mentions (user_id BIGINT REFERENCES users,
    tweet_id BIGINT REFERENCES tweets ON DELETE CASCADE, PRIMARY KEY (user_id, tweet_id))""",
    "CREATE INDEX IF NOT EXISTS mentions_by_tweet ON mentions (tweet_id)",
    """CREATE TABLE IF NOT EXISTS likes (user_id BIGINT REFERENCES users,
    tweet_id BIGINT REFERENCES tweets ON DELETE CASCADE, at_ms BIGINT NOT NULL, PRIMARY KEY (user_id, tweet_id))""",
    "CREATE INDEX IF NOT EXISTS likes_by_tweet ON likes (tweet_id)",
    *counted("tweets", tweets="author_id", retweets="retweet_of", replies="reply_to"),
    *counted("likes", likes="tweet_id"),
)
_COLUMNS = "id, author_id, text, created_ms, reply_to, retweet_of, quote_of, media"


class PostgresTweets:
    """`Tweets` over tables of our own."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        database.define(*TABLES)

    async def add(self, tweet: Tweet, mentions: Sequence[int] = (), event: Event | None = None) -> None:
        people = {tweet.author_id, *mentions}

        async def action(connection: Connection) -> None:
            known = await connection.execute(
                """SELECT EXISTS (SELECT FROM tweets WHERE id = %s),
                (SELECT COUNT(*) FROM users WHERE id = ANY(%s::bigint[]))""",
                (tweet.id, list(people)),
            )
            _refuse(tweet, people, await known.fetchone())
            row = [getattr(tweet, name) for name in _COLUMNS.split(", ")]
            row[-1] = list(tweet.media)
            await connection.execute(f"INSERT INTO tweets ({_COLUMNS}) VALUES ({', '.join(['%s'] * len(row))})", row)
            if mentions:
                sql = "INSERT INTO mentions SELECT unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING"
                await connection.execute(sql, (list(mentions), tweet.id))
            await commit_event(connection, event)

        await self._database.write(action)

    async def delete(self, author_id: int, tweet_id: int, event: Event | None = None) -> bool:
        async def action(connection: Connection) -> bool:
            sql = "DELETE FROM tweets WHERE id = %s AND author_id = %s"
            was_there = (await connection.execute(sql, (tweet_id, author_id))).rowcount > 0
            if was_there:
                await commit_event(connection, event)
            return was_there

        return await self._database.write(action)

    async def many(self, tweet_ids: Sequence[int]) -> list[Tweet]:
        sql = f"SELECT {_COLUMNS} FROM tweets WHERE id = ANY(%s::bigint[])"
        rows = await self._database.read(sql, (list(tweet_ids),))
        tweets = {row[0]: Tweet(*(*row[:-1], tuple(row[-1]))) for row in rows}
        return [tweets[tweet_id] for tweet_id in tweet_ids if tweet_id in tweets]

    async def home(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """The newest few of each author through the index, then the newest of those (a lateral join)."""
        return await self._page(
            """SELECT newest.id FROM (SELECT %(of)s::bigint AS id UNION ALL
                SELECT followee_id FROM follows WHERE follower_id = %(of)s) AS authors
            CROSS JOIN LATERAL (SELECT tweets.id FROM tweets WHERE author_id = authors.id AND tweets.id < %(before_id)s
                ORDER BY tweets.id DESC LIMIT %(limit)s) AS newest
            ORDER BY newest.id DESC LIMIT %(limit)s""",
            user_id,
            before_id,
            limit,
        )

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(
            "SELECT id FROM tweets WHERE author_id = %(of)s AND id < %(before_id)s ORDER BY id DESC LIMIT %(limit)s",
            author_id,
            before_id,
            limit,
        )

    async def mentions(self, user_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(
            """SELECT tweet_id FROM mentions WHERE user_id = %(of)s AND tweet_id < %(before_id)s
            ORDER BY tweet_id DESC LIMIT %(limit)s""",
            user_id,
            before_id,
            limit,
        )

    async def replies(self, tweet_id: int, before_id: int, limit: int) -> list[int]:
        return await self._page(
            "SELECT id FROM tweets WHERE reply_to = %(of)s AND id < %(before_id)s ORDER BY id DESC LIMIT %(limit)s",
            tweet_id,
            before_id,
            limit,
        )

    async def _page(self, sql: str, of: int, before_id: int, limit: int) -> list[int]:
        rows = await self._database.read(sql, {"of": of, "before_id": before_id, "limit": limit})
        return [row[0] for row in rows]

    async def like(self, user_id: int, tweet_id: int, at_ms: int, event: Event | None = None) -> bool:
        async def action(connection: Connection) -> bool:
            known = await connection.execute(
                "SELECT EXISTS (SELECT FROM tweets WHERE id = %s), EXISTS (SELECT FROM users WHERE id = %s)",
                (tweet_id, user_id),
            )
            row = await known.fetchone()
            if row != (True, True):
                raise Refused(f"no tweet {tweet_id} or no user {user_id}", kind="missing")
            sql = "INSERT INTO likes VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
            is_new = (await connection.execute(sql, (user_id, tweet_id, at_ms))).rowcount > 0
            if is_new:
                await commit_event(connection, event)
            return is_new

        return await self._database.write(action)

    async def unlike(self, user_id: int, tweet_id: int) -> bool:
        sql = "DELETE FROM likes WHERE user_id = %s AND tweet_id = %s"
        return await self._database.change(sql, (user_id, tweet_id)) > 0

    async def liked(self, user_id: int, tweet_ids: Sequence[int]) -> set[int]:
        sql = "SELECT tweet_id FROM likes WHERE user_id = %s AND tweet_id = ANY(%s::bigint[])"
        return {row[0] for row in await self._database.read(sql, (user_id, list(tweet_ids)))}

    async def retweeted(self, user_id: int, tweet_ids: Sequence[int]) -> dict[int, int]:
        sql = "SELECT retweet_of, id FROM tweets WHERE author_id = %s AND retweet_of = ANY(%s::bigint[]) ORDER BY id"
        return {row[0]: row[1] for row in await self._database.read(sql, (user_id, list(tweet_ids)))}

    async def counts(self, tweet_ids: Sequence[int]) -> list[TweetCounts]:
        names = ", ".join(count(name, "asked.id") for name in ("likes", "retweets", "replies"))
        sql = f"SELECT {names} FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, place) ORDER BY place"
        return [TweetCounts(*row) for row in await self._database.read(sql, (list(tweet_ids),))]


def _refuse(tweet: Tweet, people: set[int], known: tuple[object, ...] | None) -> None:
    """What cannot be added. `known`: whether there is such a tweet, how many of the people there are."""
    assert known is not None
    is_taken, people_known = known
    if is_taken:
        raise Refused(f"tweet id {tweet.id} is taken", kind="taken")
    if people_known != len(people):
        raise Refused(f"not all of {sorted(people)} are users", kind="missing")
    if not tweet.text and tweet.retweet_of is None:
        raise Refused("a tweet needs a text")
