"""Finding people, page by page."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.edge.conftest import SOLVED
from twitterlab.errors import Refused
from twitterlab.platform.platform import Platform
from twitterlab.storage.stores import open_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.live import LiveWorld


async def townspeople(count):
    """A platform with Eve, and `count` people whose handles start alike."""
    platform = Platform(SOLVED, LiveWorld(1, None), open_stores("memory", None, SOLVED.schema()), fake_redis())
    eve = await platform.client.sign_up("eve", "Eve")
    return platform.client, eve.id, [(await platform.client.sign_up(f"ann{n}", "x")).id for n in range(count)]


async def pages(client, me, limit):
    cursor, found = None, []
    while True:
        page = await client.search_people(me, "@ann", cursor, limit)
        assert len(page.items) <= limit
        found.append([user.id for user in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return found


@settings(deadline=None, max_examples=40)
@given(count=st.integers(0, 12), limit=st.integers(1, 5), blockers=st.sets(st.integers(0, 11)), back=st.booleans())
def test_pages_of_people_hold_everybody_once_but_those_who_block_the_reader(count, limit, blockers, back):
    async def story():
        client, eve, ids = await townspeople(count)
        closed = {ids[number] for number in blockers if number < count}
        for user_id in closed:
            await client.block(user_id, eve)
            if back:
                await client.block(eve, user_id)
        shown = [user_id for page in await pages(client, eve, limit) for user_id in page]
        assert shown == [user_id for user_id in ids if user_id not in closed]

    asyncio.run(story())


def test_the_most_followed_come_first_and_whom_the_reader_blocks_is_found():
    async def story():
        client, eve, ids = await townspeople(3)
        await client.follow(ids[0], ids[2])
        await client.block(eve, ids[1])
        assert await pages(client, eve, 2) == [[ids[2], ids[0]], [ids[1]]]

    asyncio.run(story())


def test_a_cursor_of_nobodys_ends_the_search_or_is_refused():
    async def story():
        client, eve, _ = await townspeople(3)
        assert (await client.search_people(eve, "ann", "AAAAAAAAAAE", 2)).items == ()
        with pytest.raises(Refused):
            await client.search_people(eve, "ann", "nonsense", 2)

    asyncio.run(story())
