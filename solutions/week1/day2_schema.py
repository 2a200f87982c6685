"""Day 1.2, schema: the tables of a social network, an index for every question, counts kept by triggers.

Source: "Use The Index, Luke" (Winand), chapter "Partial Results", for keyset pagination; the SQLite
documentation on foreign keys (section 3 wants an index on each child key) for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.parts.schema import Queries

# BEGIN SOLUTION
COUNTED = (
    ("tweets", "tweets", "author_id"),
    ("followers", "follows", "followee_id"),
    ("following", "follows", "follower_id"),
    ("likes", "likes", "tweet_id"),
    ("retweets", "tweets", "retweet_of"),
    ("replies", "tweets", "reply_to"),
)
"""What is counted: the count's name, the table whose rows it counts, the column they are counted by."""
# END SOLUTION


class SocialSchema:
    """Tables and questions of a social network on SQLite. Laws: `twitterlab.parts.schema.Schema`."""

    def tables(self) -> Sequence[str]:
        """Statements that make an empty database ready, in order; safe to run on a ready one."""
        # BEGIN SOLUTION: an index a question, a constraint a rule; foreign keys need a PRAGMA
        counters = [
            f"""CREATE TRIGGER IF NOT EXISTS {name}_{event.lower()} AFTER {event} ON {table}
                WHEN {row}.{column} IS NOT NULL BEGIN
                INSERT INTO counts VALUES ('{name}', {row}.{column}, {step})
                ON CONFLICT (name, id) DO UPDATE SET n = n + excluded.n; END"""
            for name, table, column in COUNTED
            for event, row, step in (("INSERT", "NEW", 1), ("DELETE", "OLD", -1))
        ]
        return (
            "PRAGMA foreign_keys = ON",
            """CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE COLLATE NOCASE,
                name TEXT NOT NULL, created_ms INTEGER NOT NULL)""",
            """CREATE TABLE IF NOT EXISTS tweets (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES users,
                text TEXT NOT NULL, created_ms INTEGER NOT NULL, reply_to INTEGER, retweet_of INTEGER,
                quote_of INTEGER, CHECK (text <> '' OR retweet_of IS NOT NULL))""",
            """CREATE TABLE IF NOT EXISTS mentions (user_id INTEGER NOT NULL REFERENCES users,
                tweet_id INTEGER NOT NULL REFERENCES tweets ON DELETE CASCADE,
                PRIMARY KEY (user_id, tweet_id)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS follows (follower_id INTEGER NOT NULL REFERENCES users,
                followee_id INTEGER NOT NULL REFERENCES users, at_ms INTEGER NOT NULL,
                PRIMARY KEY (follower_id, followee_id), CHECK (follower_id <> followee_id)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS likes (user_id INTEGER NOT NULL REFERENCES users,
                tweet_id INTEGER NOT NULL REFERENCES tweets ON DELETE CASCADE, at_ms INTEGER NOT NULL,
                PRIMARY KEY (user_id, tweet_id)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS counts (name TEXT, id INTEGER, n INTEGER NOT NULL,
                PRIMARY KEY (name, id)) WITHOUT ROWID""",
            "CREATE INDEX IF NOT EXISTS tweets_by_author ON tweets (author_id, id)",
            "CREATE INDEX IF NOT EXISTS tweets_by_parent ON tweets (reply_to, id) WHERE reply_to IS NOT NULL",
            "CREATE INDEX IF NOT EXISTS mentions_by_tweet ON mentions (tweet_id)",
            "CREATE INDEX IF NOT EXISTS follows_by_followee ON follows (followee_id, follower_id)",
            "CREATE INDEX IF NOT EXISTS likes_by_tweet ON likes (tweet_id)",
            *counters,
        )
        # END SOLUTION

    def queries(self) -> Queries:
        """Every statement that the engine runs."""

        # BEGIN SOLUTION: start each page at its key; home merges the newest few of each followee
        def count(name: str, parameter: str) -> str:
            return f"COALESCE((SELECT n FROM counts WHERE name = '{name}' AND id = :{parameter}), 0)"

        return Queries(
            add_user="INSERT INTO users (id, handle, name, created_ms) VALUES (:id, :handle, :name, :created_ms)",
            add_tweet="""INSERT INTO tweets (id, author_id, text, created_ms, reply_to, retweet_of, quote_of)
                VALUES (:id, :author_id, :text, :created_ms, :reply_to, :retweet_of, :quote_of)""",
            add_mention="""INSERT INTO mentions (user_id, tweet_id) VALUES (:user_id, :tweet_id)
                ON CONFLICT (user_id, tweet_id) DO NOTHING""",
            delete_tweet="DELETE FROM tweets WHERE id = :id AND author_id = :author_id",
            follow="INSERT INTO follows (follower_id, followee_id, at_ms) VALUES (:follower_id, :followee_id, :at_ms)",
            unfollow="DELETE FROM follows WHERE follower_id = :follower_id AND followee_id = :followee_id",
            like="INSERT INTO likes (user_id, tweet_id, at_ms) VALUES (:user_id, :tweet_id, :at_ms)",
            unlike="DELETE FROM likes WHERE user_id = :user_id AND tweet_id = :tweet_id",
            home_page="""WITH authors (id) AS (SELECT :user_id UNION ALL
                    SELECT followee_id FROM follows WHERE follower_id = :user_id)
                SELECT tweets.id FROM authors CROSS JOIN tweets WHERE tweets.id IN (
                    SELECT newest.id FROM tweets AS newest WHERE newest.author_id = authors.id
                    AND newest.id < :before_id ORDER BY newest.id DESC LIMIT :limit)
                ORDER BY tweets.id DESC LIMIT :limit""",
            author_page="""SELECT id FROM tweets WHERE author_id = :author_id AND id < :before_id
                ORDER BY id DESC LIMIT :limit""",
            mentions_page="""SELECT tweet_id FROM mentions WHERE user_id = :user_id AND tweet_id < :before_id
                ORDER BY tweet_id DESC LIMIT :limit""",
            replies_page="""SELECT id FROM tweets WHERE reply_to = :tweet_id AND id < :before_id
                ORDER BY id DESC LIMIT :limit""",
            followers_page="""SELECT follower_id FROM follows WHERE followee_id = :user_id
                AND follower_id > :after_id ORDER BY follower_id LIMIT :limit""",
            following_page="""SELECT followee_id FROM follows WHERE follower_id = :user_id
                AND followee_id > :after_id ORDER BY followee_id LIMIT :limit""",
            user_counts="SELECT " + ", ".join(count(name, "user_id") for name in ("tweets", "followers", "following")),
            tweet_counts="SELECT " + ", ".join(count(name, "tweet_id") for name in ("likes", "retweets", "replies")),
        )
        # END SOLUTION
