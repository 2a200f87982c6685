"""The contract of home timelines, clause by clause, on every engine."""

import asyncio
from collections.abc import Awaitable, Callable

import fakeredis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twitterlab.errors import Uncertain
from twitterlab.servers import valkey
from twitterlab.storage.arrays.accounts import Accounts
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.tweet_rows import TweetRows
from twitterlab.storage.redis_servers import cluster_client, sentinel_client
from twitterlab.storage.timelines.cluster import ClusterTimelines
from twitterlab.storage.timelines.memory import MemoryTimelines
from twitterlab.storage.timelines.redis import RedisTimelines
from twitterlab.world.fake_redis import fake_redis

TOP = 2**63 - 1
REPLICATED = [pytest.param(name, marks=pytest.mark.slow) for name in ("valkey-cluster", "sentinel")]
ENGINES = ("memory", "arrays", "fakeredis", "valkey", *REPLICATED)


@pytest.fixture(params=ENGINES)
def tell(request):
    """Runs a story about timelines that are empty when it begins."""
    servers = {"valkey": "valkey_server", "valkey-cluster": "valkey_cluster", "sentinel": "valkey_sentinel"}
    server = request.getfixturevalue(servers[request.param]) if request.param in servers else None

    def run(story: Callable[..., Awaitable[None]], capacity: int = 800) -> None:
        async def main() -> None:
            if request.param == "memory":
                await story(MemoryTimelines(capacity))
                return
            if request.param == "arrays":
                await story(ArrayTimelines(Accounts(), TweetRows(), capacity))
                return
            if server is not None:
                server.flush()
            clients = {"valkey-cluster": cluster_client, "sentinel": sentinel_client, "valkey": valkey.Valkey.client}
            redis = clients[request.param](server) if server else fake_redis()
            kind = ClusterTimelines if request.param == "valkey-cluster" else RedisTimelines
            try:
                await story(kind(redis, capacity))
            finally:
                await redis.aclose()

        asyncio.run(main())

    return run


def test_a_page_is_newest_first_below_the_key_each_once(tell):
    async def story(timelines):
        await timelines.fill(1, [3, 1, 2], True)
        for tweet_id in (9, 7, 7, 3):
            await timelines.push([1], tweet_id)
        assert await timelines.page(1, TOP, 3) == [9, 7, 3]
        assert await timelines.page(1, 3, 3) == [2, 1]

    tell(story)


def test_missing_names_those_who_lack_the_tweet(tell):
    async def story(timelines):
        await timelines.push([1, 3], 5)
        assert await timelines.missing([1, 2, 3], 5) == [2]
        assert await timelines.missing([1, 2, 3], 6) == [1, 2, 3]

    tell(story)


def test_the_newest_are_kept_and_the_rest_is_unknown(tell):
    async def story(timelines):
        await timelines.fill(1, [1, 2], True)
        assert await timelines.page(1, TOP, 5) == [2, 1]
        await timelines.push([1], 4)
        await timelines.push([1], 3)
        assert await timelines.page(1, TOP, 3) == [4, 3, 2]
        assert await timelines.page(1, TOP, 4) is None
        assert await timelines.page(1, 2, 1) is None

    tell(story, capacity=3)


def test_below_what_the_source_gave_it_cannot_tell(tell):
    async def story(timelines):
        await timelines.fill(1, [10, 11], False)
        await timelines.push([1], 5)
        assert await timelines.page(1, TOP, 2) == [11, 10]
        assert await timelines.page(1, TOP, 3) is None

    tell(story)


def test_a_fill_replaces_what_the_source_gave_and_keeps_what_was_pushed(tell):
    async def story(timelines):
        await timelines.fill(1, [1, 2], True)
        await timelines.push([1], 9)
        await timelines.fill(1, [3], True)
        assert await timelines.page(1, TOP, 5) == [9, 3]

    tell(story)


def test_unbuilt_stays_unbuilt_until_filled(tell):
    async def story(timelines):
        assert await timelines.page(1, TOP, 1) is None
        await timelines.push([1], 5)
        assert await timelines.page(1, TOP, 1) is None
        await timelines.fill(1, [], True)
        assert await timelines.page(1, TOP, 5) == [5]
        await timelines.forget([1])
        assert await timelines.page(1, TOP, 1) is None

    tell(story)


def test_a_timeline_of_the_largest_ids_keeps_them_whole(tell):
    async def story(timelines):
        ids = [TOP - 2, 2**53 + 1, 2**53, 0]
        await timelines.fill(1, ids, True)
        await timelines.push([1], TOP - 1)
        assert await timelines.page(1, TOP, 9) == [TOP - 1, *ids]

    tell(story)


def test_more_users_than_a_batch_are_all_reached_and_forgotten(tell):
    async def story(timelines):
        users = list(range(1_201))
        for user in users:
            await timelines.fill(user, [], True)
        await timelines.push(users, 7)
        assert await timelines.missing([*users, 9_999], 7) == [9_999]
        await timelines.forget(users)
        assert await timelines.missing(users, 7) == users

    tell(story)


def test_a_push_while_the_source_was_read_is_kept(tell):
    async def story(timelines):
        await asyncio.gather(
            timelines.fill(1, [1, 2, 3], True), *(timelines.push([1], tweet_id) for tweet_id in range(4, 30))
        )
        assert await timelines.page(1, TOP, 40) == list(range(29, 0, -1))

    tell(story)


def test_out_of_reach_a_reader_is_sent_to_the_source_and_a_writer_is_told():
    async def story():
        server = fakeredis.FakeServer()
        timelines = RedisTimelines(fake_redis(server))
        await timelines.fill(1, [1, 2], True)
        server.connected = False
        assert await timelines.page(1, TOP, 9) is None
        await timelines.fill(1, [], True)
        for write in (timelines.push([1], 3), timelines.missing([1], 3), timelines.forget([1])):
            with pytest.raises(Uncertain):
                await write
        server.connected = True
        assert await timelines.page(1, TOP, 9) == [2, 1]

    asyncio.run(story())


USERS, IDS = st.integers(1, 2), st.integers(1, 12)  # below id 0 nothing can be: there an engine may tell more
STEPS = st.one_of(
    st.tuples(st.just("push"), st.lists(USERS, max_size=2, unique=True), IDS),
    st.tuples(st.just("fill"), USERS, st.lists(IDS, max_size=6, unique=True), st.booleans()),
    st.tuples(st.just("forget"), st.lists(USERS, max_size=2, unique=True)),
    st.tuples(st.just("missing"), st.just([1, 2]), IDS),
    st.tuples(st.just("page"), USERS, IDS, st.integers(1, 5)),
)


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_engine_answers_as_the_one_in_memory(tell, steps):
    async def story(timelines):
        model = MemoryTimelines(2)
        for name, *arguments in steps:
            expected = await getattr(model, name)(*arguments)
            assert await getattr(timelines, name)(*arguments) == expected, (name, *arguments)

    tell(story, capacity=2)
