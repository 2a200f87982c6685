"""The contract of tweets, clause by clause, on every engine."""

import asyncio

import pytest

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet, TweetCounts
from twitterlab.model.user import User
from twitterlab.parts.queue import Event

TOP = 2**63 - 1


def run(open_engine, story):
    async def with_three_users():
        stores = open_engine()
        try:
            for id_ in (1, 2, 3):
                await stores.users.add(User(id_, f"user{id_}", f"User {id_}", 0))
            await story(stores)
        finally:
            await stores.close()

    asyncio.run(with_three_users())


def test_a_post_is_all_or_nothing(open_engine):
    async def story(stores):
        event = Event(7, "posted", 1, 10)
        tweet = Tweet(10, 1, "hello @user2", 5, media=("b.png", "a.png"))
        await stores.tweets.add(tweet, [2, 2], event)
        assert await stores.tweets.many([10]) == [tweet]
        assert await stores.tweets.mentions(2, TOP, 5) == [10]
        assert list(await stores.outbox.pending(5)) == [event]
        for bad, kind, mentions in (
            (Tweet(10, 1, "again", 5), "taken", []),
            (Tweet(11, 9, "nobody", 5), "missing", []),
            (Tweet(11, 1, "to nobody", 5), "missing", [2, 9]),
            (Tweet(11, 1, "", 5), "invalid", [2]),
        ):
            with pytest.raises(Refused) as refused:
                await stores.tweets.add(bad, mentions, Event(8, "posted", 1, bad.id))
            assert refused.value.kind == kind
        assert await stores.tweets.many([10, 11]) == [tweet]
        assert await stores.tweets.mentions(2, TOP, 5) == [10]
        assert list(await stores.outbox.pending(5)) == [event]

    run(open_engine, story)


def test_only_the_author_deletes_and_likes_and_mentions_go_too(open_engine):
    async def story(stores):
        await stores.tweets.add(Tweet(10, 1, "hello", 5), [2])
        await stores.tweets.like(3, 10, 6)
        assert not await stores.tweets.delete(2, 10, Event(1, "deleted", 2, 10))
        assert list(await stores.outbox.pending(5)) == []
        assert await stores.tweets.delete(1, 10, Event(2, "deleted", 1, 10))
        assert not await stores.tweets.delete(1, 10, Event(3, "deleted", 1, 10))
        assert [event.id for event in await stores.outbox.pending(5)] == [2]
        assert await stores.tweets.many([10]) == []
        assert await stores.tweets.mentions(2, TOP, 5) == []
        assert await stores.tweets.liked(3, [10]) == set()
        assert await stores.tweets.counts([10]) == [TweetCounts(0, 0, 0)]

    run(open_engine, story)


def test_many_answers_in_the_order_asked_repeats_included(open_engine):
    async def story(stores):
        for id_ in (1, 2):
            await stores.tweets.add(Tweet(id_, 1, "x", 0))
        assert [tweet.id for tweet in await stores.tweets.many([2, 9, 1, 2])] == [2, 1, 2]
        assert await stores.tweets.many([]) == []

    run(open_engine, story)


def test_pages_neither_skip_nor_repeat_while_tweets_come_and_go(open_engine):
    async def story(stores):
        await stores.follows.follow(3, 2, 0)
        for id_ in range(10, 20):
            await stores.tweets.add(Tweet(id_, 1 + id_ % 2, "x", 0, reply_to=5))
        for page, key in ((stores.tweets.home, 3), (stores.tweets.by_author, 2), (stores.tweets.replies, 5)):
            first = await page(key, TOP, 3)
            await stores.tweets.add(Tweet(100 + key, 2, "new", 0, reply_to=5))
            rest = await page(key, first[-1], 100)
            expected = [id_ for id_ in range(19, 9, -1) if key == 5 or id_ % 2 == 1]
            assert [id_ for id_ in first + rest if id_ < 100] == expected
        await stores.tweets.delete(2, 19)
        assert await stores.tweets.by_author(2, 19, 2) == [17, 15]

    run(open_engine, story)


def test_home_holds_followees_and_oneself(open_engine):
    async def story(stores):
        for id_, author in ((10, 1), (11, 2), (12, 3), (13, 1)):
            await stores.tweets.add(Tweet(id_, author, "x", 0))
        await stores.follows.follow(1, 3, 0)
        assert await stores.tweets.home(1, TOP, 9) == [13, 12, 10]
        await stores.follows.unfollow(1, 3)
        assert await stores.tweets.home(1, TOP, 9) == [13, 10]

    run(open_engine, story)


def test_a_like_counts_once(open_engine):
    async def story(stores):
        await stores.tweets.add(Tweet(10, 1, "x", 0))
        assert await stores.tweets.like(2, 10, 1, Event(1, "liked", 2, 10))
        assert not await stores.tweets.like(2, 10, 1, Event(2, "liked", 2, 10))
        assert [event.id for event in await stores.outbox.pending(9)] == [1]
        assert await stores.tweets.counts([99, 10]) == [TweetCounts(0, 0, 0), TweetCounts(1, 0, 0)]
        assert await stores.tweets.unlike(2, 10)
        assert not await stores.tweets.unlike(2, 10)
        with pytest.raises(Refused) as refused:
            await stores.tweets.like(2, 99, 1)
        assert refused.value.kind == "missing"

    run(open_engine, story)


def test_retweets_and_replies_are_found_and_counted(open_engine):
    async def story(stores):
        await stores.tweets.add(Tweet(10, 1, "x", 0))
        await stores.tweets.add(Tweet(11, 2, "", 0, retweet_of=10))
        await stores.tweets.add(Tweet(12, 2, "y", 0, reply_to=10))
        assert await stores.tweets.retweeted(2, [10, 12]) == {10: 11}
        assert await stores.tweets.retweeted(1, [10]) == {}
        assert await stores.tweets.counts([10]) == [TweetCounts(0, 1, 1)]

    run(open_engine, story)
