"""The platform end to end on virtual time: with the null parts, with the solutions, on any engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from solutions.week1.day3_cache import AsideCache
from solutions.week1.day4_queue import FanoutQueue
from solutions.week1.day5_meter import LatencyMeter
from twitterlab.errors import Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.stores import ENGINES, open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.real_redis import RealRedis
from twitterlab.world.virtual import VirtualClock, VirtualWorld, run_virtual

SOLVED = Blueprint(Snowflake, SocialSchema, AsideCache, FanoutQueue, LatencyMeter)
BLUEPRINTS = {"null": Blueprint(), "solved": SOLVED}


Story = Callable[[Platform], Awaitable[None]]


@pytest.fixture(
    params=[*((name, engine) for name in BLUEPRINTS for engine in ENGINES), ("solved", "valkey")], ids="-".join
)
def tell(request, tmp_path):
    name, engine = request.param
    blueprint = BLUEPRINTS[name]
    real = RealRedis(request.getfixturevalue("valkey_server").address()) if engine == "valkey" else None
    client = real.client if real else fake_redis

    def run(story: Story) -> None:
        async def main(clock: VirtualClock) -> None:
            stores = open_stores("memory" if real else engine, tmp_path, blueprint.schema(), client())
            try:
                await story(Platform(blueprint, VirtualWorld(clock), stores, client()))
            finally:
                await stores.close()

        (real.run if real else run_virtual)(main)

    return run


async def people(platform, *handles):
    return [(await platform.client.sign_up(handle, handle.title())).id for handle in handles]


def texts(page):
    return [view.shown.text for view in page.items]


def test_a_tweet_reaches_followers_and_its_author(tell):
    async def story(platform):
        client = platform.client
        ann, bob, eve = await people(platform, "ann", "bob", "eve")
        assert await client.follow(bob, ann)
        assert texts(await client.home(bob)) == []
        await client.post(ann, "hello #world")
        assert texts(await client.home(ann)) == ["hello #world"]
        await platform.drain()
        assert texts(await client.home(bob)) == ["hello #world"]
        assert texts(await client.home(eve)) == []
        assert platform.fanout.repeated == 0
        assert [trend.tag for trend in await client.trends()] == ["world"]
        assert texts(await client.search(eve, "hello from:ann")) == ["hello #world"]

    tell(story)


def test_follow_brings_the_past_and_unfollow_takes_it(tell):
    async def story(platform):
        client = platform.client
        ann, bob = await people(platform, "ann", "bob")
        await client.post(ann, "before")
        await platform.drain()
        assert texts(await client.home(bob)) == []
        await client.follow(bob, ann)
        assert texts(await client.home(bob)) == ["before"]
        await client.unfollow(bob, ann)
        assert texts(await client.home(bob)) == []

    tell(story)


def test_deleted_tweets_and_hidden_people_leave_every_page(tell):
    async def story(platform):
        client = platform.client
        ann, bob = await people(platform, "ann", "bob")
        await client.follow(bob, ann)
        gone = await client.post(ann, "gone")
        await client.post(ann, "stays")
        await platform.drain()
        assert await client.delete(ann, gone.id)
        assert texts(await client.home(bob)) == ["stays"]
        await client.mute(bob, ann)
        assert texts(await client.home(bob)) == []
        await client.unmute(bob, ann)
        await client.block(ann, bob)
        assert texts(await client.home(bob)) == []
        with pytest.raises(Refused):
            await client.follow(bob, ann)

    tell(story)


def test_a_muted_person_is_hidden_at_home_and_shown_on_their_page(tell):
    async def story(platform):
        client = platform.client
        ann, bob = await people(platform, "ann", "bob")
        await client.follow(bob, ann)
        tweet = await client.post(ann, "noise")
        await platform.drain()
        await client.mute(bob, ann)
        assert texts(await client.home(bob)) == []
        assert texts(await client.tweets_of(bob, ann)) == ["noise"]
        assert texts(await client.thread(bob, tweet.id)) == ["noise"]

    tell(story)


def test_who_is_blocked_reaches_nothing(tell):
    async def story(platform):
        client = platform.client
        ann, bob, eve = await people(platform, "ann", "bob", "eve")
        tweet = await client.post(ann, "for friends #secret")
        await client.retweet(bob, tweet.id)
        await client.post(bob, "look", quote_of=tweet.id)
        await client.follow(eve, bob)
        await platform.drain()
        await client.block(ann, eve)
        for refused in (
            client.profile(eve, "ann"),
            client.tweets_of(eve, ann),
            client.thread(eve, tweet.id),
            client.followers_of(eve, ann),
            client.followed_by(eve, ann),
            client.like(eve, tweet.id),
            client.retweet(eve, tweet.id),
            client.post(eve, "hey", reply_to=tweet.id),
            client.send(eve, ann, "hey"),
        ):
            with pytest.raises(Refused) as reason:
                await refused
            assert reason.value.kind == "forbidden"
        assert texts(await client.search(eve, "#secret")) == []
        (look,) = (await client.home(eve)).items
        assert (look.tweet.text, look.quoted) == ("look", None)
        assert (await client.profile(ann, "eve")).is_blocked

    tell(story)


def test_a_quote_shows_what_it_quotes_until_that_is_gone(tell):
    async def story(platform):
        client = platform.client
        ann, bob = await people(platform, "ann", "bob")
        first = await client.post(ann, "first")
        await client.post(bob, "second", quote_of=first.id)
        (view,) = (await client.tweets_of(ann, bob)).items
        assert view.quoted is not None and view.quoted.tweet == first
        await client.delete(ann, first.id)
        (view,) = (await client.tweets_of(ann, bob)).items
        assert view.tweet.quote_of == first.id and view.quoted is None

    tell(story)


def test_followers_are_listed_page_by_page(tell):
    async def story(platform):
        client = platform.client
        ann, *others = await people(platform, "ann", "bob", "cat", "dan")
        for other in others:
            await client.follow(other, ann)
        first = await client.followers_of(ann, ann, limit=2)
        second = await client.followers_of(ann, ann, first.next_cursor, limit=2)
        assert [user.handle for user in (*first.items, *second.items)] == ["bob", "cat", "dan"]
        assert second.next_cursor is None
        assert [user.handle for user in (await client.followed_by(ann, others[0])).items] == ["ann"]

    tell(story)


def test_suggestions_are_friends_of_friends(tell):
    async def story(platform):
        client = platform.client
        ann, bob, cat, dan, eve = await people(platform, "ann", "bob", "cat", "dan", "eve")
        for follower, followee in ((ann, bob), (ann, cat), (bob, dan), (cat, dan), (cat, eve), (bob, ann)):
            await client.follow(follower, followee)
        assert [user.handle for user in await client.suggestions(ann)] == ["dan", "eve"]
        await client.block(ann, dan)
        assert [user.handle for user in await client.suggestions(ann)] == ["eve"]
        assert await client.suggestions(eve) == []

    tell(story)


def test_the_same_key_posts_once(tell):
    async def story(platform):
        client = platform.client
        (ann,) = await people(platform, "ann")
        first = await client.post(ann, "once", key="k1")
        assert await client.post(ann, "once", key="k1") == first
        await platform.drain()
        assert texts(await client.home(ann)) == ["once"]

    tell(story)


def test_retweets_replies_mentions_and_likes_notify(tell):
    async def story(platform):
        client = platform.client
        ann, bob = await people(platform, "ann", "bob")
        tweet = await client.post(ann, "first")
        retweet = await client.retweet(bob, tweet.id)
        assert await client.retweet(bob, tweet.id) == retweet
        await client.post(bob, "second", reply_to=tweet.id)
        await client.post(bob, "hi @ann")
        assert await client.like(bob, tweet.id)
        assert not await client.like(bob, tweet.id)
        await client.follow(bob, ann)
        await platform.drain()
        kinds = [notification.kind for notification in (await client.notifications(ann)).items]
        assert sorted(kinds) == ["follow", "like", "mention", "reply", "retweet"]
        assert texts(await client.thread(ann, tweet.id)) == ["first", "second"]
        assert await client.undo_retweet(bob, tweet.id)

    tell(story)


def test_pages_follow_their_cursor_to_the_end(tell):
    async def story(platform):
        client = platform.client
        (ann,) = await people(platform, "ann")
        for number in range(25):
            await client.post(ann, f"tweet {number}")
        await platform.drain()
        seen, cursor = [], None
        while True:
            page = await client.home(ann, cursor, limit=10)
            seen += texts(page)
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [f"tweet {number}" for number in reversed(range(25))]
        with pytest.raises(Refused):
            await client.home(ann, "not-a-cursor")

    tell(story)
