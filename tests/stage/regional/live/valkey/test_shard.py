"""A shard on a real server does what the simulated one does."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from twitterlab.errors import Refused, Uncertain
from twitterlab.stage.regional.live.valkey.keyspace import contents
from twitterlab.stage.regional.live.valkey.shard import ValkeyShard
from twitterlab.stage.scenarios.reshard_machines import NEWEST

ids = st.integers(0, (1 << 62) - 1)


@pytest.fixture
def told(valkey_empty):
    """Runs a story with the methods of a shard on an empty server, and with its client."""

    def run(story):
        async def main():
            async with valkey_empty.client() as client:
                await client.flushall()
                await story(ValkeyShard(client).methods(), client)

        asyncio.run(main())

    return run


class Model:
    """What a shard is to remember."""

    def __init__(self):
        self.ids, self.gone = {}, {}

    def write(self, what, author, tweets):
        here, gone = (kept.setdefault(author, set()) for kept in (self.ids, self.gone))
        if what == "delete":
            gone.update(tweets)
            here -= gone
        else:
            here |= set(tweets) - gone

    def newest(self, authors, before, count):
        return sorted((i for a in authors for i in self.ids.get(a, ()) if i < before), reverse=True)[:count]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["post", "delete", "copy", "drop"]), st.integers(0, 2), st.lists(ids, max_size=3), st.lists(ids, max_size=2)), max_size=12),
    st.lists(ids, min_size=1, max_size=4),
    st.integers(1, 5),
)  # fmt: skip
def test_after_any_changes_it_shows_what_a_model_shows(told, changes, pool, count):
    """Ids come from a small pool, so that posts, deletions and copies meet."""

    async def story(shard, client):
        model = Model()
        for what, author, some, others in changes:
            tweets, gone = ([pool[one % len(pool)] for one in drawn] for drawn in (some, others))
            if what == "copy":
                await shard["copy"]([author, tweets, gone])
                model.write("delete", author, gone)
                model.write("post", author, tweets)
            elif what == "drop":
                await shard["drop"](author)
                model.ids.pop(author, None)
                model.gone.pop(author, None)
            else:
                for tweet in tweets:
                    await shard["write"]([0, what, author, tweet])
                model.write(what, author, tweets)
        for before in (NEWEST, *pool):
            assert await shard["newest"]([[0, 2], before, count]) == model.newest([0, 2], before, count)
        for author in range(3):
            expected = [sorted(kept.get(author, ())) for kept in (model.ids, model.gone)]
            assert await shard["rows"](author) == expected
        found = await contents(client)
        kept = {"tweets": model.ids, "gone": model.gone}
        assert {key: set(tweets) for key, tweets in found.items()} == {
            f"{kind}:{author}": tweets for kind, each in kept.items() for author, tweets in each.items() if tweets
        }

    told(story)


def test_what_was_sent_two_phases_ago_is_refused_and_changes_nothing(told):
    async def story(shard, client):
        await shard["phase"](3)
        await shard["phase"](2)  # late news
        await shard["write"]([2, "post", 1, 5])
        with pytest.raises(Refused, match="two phases ago"):
            await shard["write"]([1, "post", 1, 6])
        assert await shard["newest"]([[1], NEWEST, 9]) == [5]

    told(story)


def test_a_server_that_is_gone_leaves_a_write_uncertain():
    async def story():
        async with Redis(port=1, retry=Retry(NoBackoff(), 0)) as client:
            with pytest.raises(Uncertain):
                await ValkeyShard(client).methods()["write"]([0, "post", 1, 5])

    asyncio.run(story())
