"""The contract of the outbox, clause by clause, on every engine."""

import asyncio

from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event


def test_events_wait_oldest_first_until_done(open_engine):
    async def story():
        stores = open_engine()
        try:
            await stores.users.add(User(1, "one", "One", 0))
            for id_ in (3, 1, 2):
                await stores.tweets.add(Tweet(id_, 1, "x", 0), (), Event(id_, "posted", 1, id_))
            for _ in range(2):
                assert [event.id for event in await stores.outbox.pending(2)] == [1, 2]
            for _ in range(2):
                await stores.outbox.done([1, 99])
                assert [event.id for event in await stores.outbox.pending(9)] == [2, 3]
            await stores.outbox.done([])
        finally:
            await stores.close()

    asyncio.run(story())
