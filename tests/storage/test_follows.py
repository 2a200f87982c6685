"""The contract of the social graph, clause by clause, on every engine."""

import asyncio

import pytest

from twitterlab.errors import Refused
from twitterlab.model.user import User, UserCounts
from twitterlab.parts.queue import Event


def run(open_engine, story):
    async def with_five_users():
        stores = open_engine()
        try:
            for id_ in range(1, 6):
                await stores.users.add(User(id_, f"user{id_}", f"User {id_}", 0))
            await story(stores)
        finally:
            await stores.close()

    asyncio.run(with_five_users())


def test_a_follow_is_new_once_and_only_then_an_event(open_engine):
    async def story(stores):
        assert await stores.follows.follow(1, 2, 0, Event(1, "followed", 1, 2))
        assert not await stores.follows.follow(1, 2, 0, Event(2, "followed", 1, 2))
        for followee, kind in ((1, "invalid"), (9, "missing")):
            with pytest.raises(Refused) as refused:
                await stores.follows.follow(1, followee, 0, Event(3, "followed", 1, followee))
            assert refused.value.kind == kind
        assert [event.id for event in await stores.outbox.pending(9)] == [1]

    run(open_engine, story)


def test_unfollow_says_whether_there_was_one(open_engine):
    async def story(stores):
        await stores.follows.follow(1, 2, 0)
        assert await stores.follows.unfollow(1, 2, Event(7, "unfollowed", 1, 2))
        assert not await stores.follows.unfollow(1, 2, Event(8, "unfollowed", 1, 2))
        assert [event.id for event in await stores.outbox.pending(9)] == [7]
        assert await stores.users.counts(2) == UserCounts(0, 0, 0)

    run(open_engine, story)


def test_pages_are_ascending_above_the_key(open_engine):
    async def story(stores):
        assert await stores.follows.follow_many([(5, 1), (3, 1), (4, 1), (3, 1), (3, 2)], 0) == 4
        assert await stores.follows.follow_many([(5, 1)], 0) == 0
        assert await stores.follows.followers(1, 0, 2) == [3, 4]
        assert await stores.follows.followers(1, 4, 2) == [5]
        assert await stores.follows.following(3, 0, 9) == [1, 2]
        assert await stores.follows.among(3, [1, 4, 5, 2]) == {1, 2}
        assert await stores.users.counts(1) == UserCounts(0, 3, 0)

    run(open_engine, story)
