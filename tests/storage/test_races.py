"""Many writers at once, cancelled at any moment, and a close in the middle: what was acknowledged is there, whole."""

import asyncio

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import Refused, Uncertain
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.stores import open_stores
from twitterlab.world.chance import SeededChance

WRITERS, POSTS = 20, 15
CANCELLED = 8


class Crowd:
    """Writers with ids of their own, some of which two want, and what they were told."""

    def __init__(self, stores, chance):
        self.stores, self._chance = stores, chance
        self.acknowledged, self.refused, self.doubtful = set(), set(), set()

    async def write(self, writer):
        for number in range(POSTS):
            id_ = 1 + (writer // 2) * POSTS + number  # two writers share each id
            await asyncio.sleep(0)
            try:
                await self.stores.tweets.add(Tweet(id_, writer + 1, "x", 0), [1], Event(id_, "posted", writer + 1, id_))
            except Refused:
                self.refused.add((id_, writer + 1))
            except (Uncertain, asyncio.CancelledError) as error:
                self.doubtful.add((id_, writer + 1))
                if isinstance(error, asyncio.CancelledError):
                    raise
            else:
                self.acknowledged.add((id_, writer + 1))
                assert [tweet.author_id for tweet in await self.stores.tweets.many([id_])] == [writer + 1]

    async def run(self):
        tasks = [asyncio.ensure_future(self.write(writer)) for writer in range(WRITERS)]
        end = self._chance.below(WRITERS * POSTS // 4)
        victims = {self._chance.below(max(1, end)): self._chance.below(WRITERS) for _ in range(CANCELLED)}
        while len(self.acknowledged) < end and not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            for moment in [moment for moment in victims if moment <= len(self.acknowledged)]:
                tasks[victims.pop(moment)].cancel()
        assert len(self.acknowledged) >= end
        await self.stores.close()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert outcome is None or isinstance(outcome, asyncio.CancelledError | Refused), outcome


async def written(folder):
    """(id, author) of each tweet, the ids that are mentions, the ids in the outbox."""
    stores = open_stores("sqlite", folder, SocialSchema())
    try:
        ids = range(1, WRITERS * POSTS)
        tweets = {(tweet.id, tweet.author_id) for tweet in await stores.tweets.many(ids)}
        mentions = set(await stores.tweets.mentions(1, 2**63 - 1, 10_000))
        return tweets, mentions, {event.id for event in await stores.outbox.pending(10_000)}
    finally:
        await stores.close()


@pytest.mark.parametrize("seed", range(12))
def test_what_was_acknowledged_is_there_whole_and_what_was_refused_is_not(tmp_path, seed):
    async def story():
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        await asyncio.gather(*(stores.users.add(User(id_, f"user{id_}", "x", 0)) for id_ in range(1, WRITERS + 1)))
        crowd = Crowd(stores, SeededChance(seed, "races"))
        await crowd.run()
        return crowd

    crowd = asyncio.run(story())
    tweets, mentions, events = asyncio.run(written(tmp_path))

    assert crowd.acknowledged <= tweets <= crowd.acknowledged | crowd.doubtful
    assert not tweets & crowd.refused
    assert {id_ for id_, _ in tweets} == mentions == events
