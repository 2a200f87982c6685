"""The search box: filters, and pages whose cursor holds while tweets come and go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from solutions.week1.day1_snowflake import Snowflake
from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualClock, VirtualWorld, run_virtual

BLUEPRINT = Blueprint(snowflake=Snowflake, schema=SocialSchema)
DAY_MS = 86_400_000

Story = Callable[[Platform, VirtualClock], Awaitable[None]]


@pytest.fixture(params=["memory", "sqlite"])
def tell(request, tmp_path):
    def run(story: Story) -> None:
        async def main(clock: VirtualClock) -> None:
            stores = open_stores(request.param, tmp_path, BLUEPRINT.schema(), fake_redis())
            try:
                await story(Platform(BLUEPRINT, VirtualWorld(clock), stores, fake_redis()), clock)
            finally:
                await stores.close()

        run_virtual(main)

    return run


def texts(page):
    return [view.shown.text for view in page.items]


def day(ms):
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")


def test_since_includes_its_day_and_until_ends_before_its_own(tell):
    async def story(platform, clock):
        client = platform.client
        ann = (await client.sign_up("ann", "Ann")).id
        await clock.sleep_ms(DAY_MS - clock.now_ms() % DAY_MS)  # midnight: the first moment of a day
        days = []
        for name in ("one", "two", "three"):
            days.append(day(clock.now_ms()))
            await client.post(ann, f"tea {name}")
            await clock.sleep_ms(DAY_MS)
        await platform.drain()  # the index follows the event log

        assert texts(await client.search(ann, f"tea since:{days[1]}")) == ["tea three", "tea two"]
        assert texts(await client.search(ann, f"tea until:{days[1]}")) == ["tea one"]
        assert texts(await client.search(ann, f"tea since:{days[1]} until:{days[2]}")) == ["tea two"]
        assert texts(await client.search(ann, f"tea since:{days[2]} until:{days[1]}")) == []
        for bad in ("since:yesterday", "until:2026-02-30"):
            with pytest.raises(Refused, match="is no day"):
                await client.search(ann, f"tea {bad}")

    tell(story)


def test_from_means_one_author_whatever_the_case_or_the_sign(tell):
    async def story(platform, clock):
        client = platform.client
        ann, bob = [(await client.sign_up(name, name)).id for name in ("ann", "bob")]
        await client.post(ann, "tea by ann")
        await client.post(bob, "tea by bob, from:ann he says")
        await platform.drain()

        assert texts(await client.search(bob, "tea from:ann")) == ["tea by ann"]
        assert texts(await client.search(bob, "FROM:@Ann")) == ["tea by ann"]
        assert texts(await client.search(bob, "tea from:nobody")) == []
        for blank in ("", "   ", "x" * 10_000):
            with pytest.raises(Refused):
                await client.search(bob, blank)

    tell(story)


@pytest.mark.parametrize("of", ["search", "home", "tweets_of"])
def test_a_cursor_survives_new_tweets_deleted_ones_and_a_day(tell, of):
    async def story(platform, clock):
        client = platform.client
        ann = (await client.sign_up("ann", "Ann")).id

        def page(cursor):
            words = {"search": (ann, "tea"), "home": (ann,), "tweets_of": (ann, ann)}[of]
            return getattr(client, of)(*words, cursor, limit=5)

        posted = [(await client.post(ann, f"tea {number}")).id for number in range(20)]
        await platform.drain()
        seen, cursor = texts(first := await page(None)), first.next_cursor
        await client.post(ann, "tea that came later")
        await client.delete(ann, posted[15])  # the last one shown: the cursor points at it
        await client.delete(ann, posted[14])  # the first of the next page
        await client.delete(ann, posted[7])
        await platform.drain()
        await clock.sleep_ms(DAY_MS)
        while cursor is not None:
            following = await page(cursor)
            seen += texts(following)
            cursor = following.next_cursor

        assert seen == [f"tea {number}" for number in reversed(range(20)) if number not in (14, 7)]

    tell(story)
