"""Filters and rebuilding in columns, against the rule written out, and against the single way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.errors import Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.arrays import hidden
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.filtered import FilteredBatches
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import from_pairs, transposed
from twitterlab.storage.stores import array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualWorld, run_virtual

PEOPLE = [FIRST_ID + ID_STEP * index for index in range(5)]
person = st.integers(0, 4)
pairs = st.sets(st.tuples(person, person).filter(lambda pair: pair[0] != pair[1]), max_size=12)


def platform_of(clock, follows) -> Platform:
    both = np.array(sorted(follows), np.int64).reshape(-1, 2)
    followers = from_pairs(both[:, 1], both[:, 0], len(PEOPLE))
    state = ArrayState(len(PEOPLE), followers, transposed(*followers, len(PEOPLE)))
    timelines = ArrayTimelines(state.accounts, state.rows)
    timelines.rings.lines[:, 0] = BUILT | FAST
    stores = array_stores(state, timelines)
    stores.batches = FilteredBatches(state, timelines)
    return Platform(Blueprint(), VirtualWorld(clock), stores, fake_redis(), limits={})


async def shown(platform, limit=20):
    columns = await platform.client.home_pages(np.array(PEOPLE), limit)
    return [line["id"][line["created_ms"] != 0].tolist() for line in columns.tweets]


@given(
    follows=pairs, mutes=pairs, later=pairs,
    tweets=st.lists(st.tuples(person, st.one_of(st.none(), st.integers(0, 9))), max_size=15),
    recent=st.sampled_from((0, 1, 1_000)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_reply_shows_to_who_follows_both_and_nothing_of_who_is_muted(follows, mutes, later, tweets, recent):
    async def story(clock) -> None:
        platform = platform_of(clock, follows)
        posted: list[tuple[int, int, int | None]] = []  # id, author, whom it answers
        for author, subject in tweets:
            answers = posted[subject % len(posted)] if posted and subject is not None else None
            (id_,) = await platform.client.post_many([PEOPLE[author]], ["hello"], [answers[0] if answers else 0])
            posted.append((id_, author, answers[1] if answers else None))
        await platform.drain()
        for me, other in sorted(mutes):
            await platform.client.mute(PEOPLE[me], PEOPLE[other])
        await shown(platform)
        muted = set(mutes)
        for me, other in sorted(later):
            muted ^= {(me, other)}
            await (platform.client.mute if (me, other) in muted else platform.client.unmute)(PEOPLE[me], PEOPLE[other])

        for me, ids in enumerate(await shown(platform)):
            sees = {me, *(b for a, b in follows if a == me)}
            assert ids == [
                id_ for id_, author, answered in reversed(posted)
                if author in sees and (me, author) not in muted
                and (answered is None or author == me or answered in sees)
            ]  # fmt: skip

    before, hidden.RECENT = hidden.RECENT, recent
    try:
        run_virtual(story)
    finally:
        hidden.RECENT = before


@given(
    follows=pairs, tweets=st.lists(person, max_size=90), deleted=st.sets(st.integers(0, 89), max_size=80),
    forgotten=st.sets(person, min_size=1),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_was_forgotten_is_rebuilt_as_it_was(follows, tweets, deleted, forgotten):
    async def story(clock) -> None:
        platform = platform_of(clock, follows)
        ids = [(await platform.client.post_many([PEOPLE[author]], ["hello"]))[0] for author in tweets]
        await platform.drain()
        for place in sorted(deleted):
            if place < len(ids):
                await platform.client.delete(PEOPLE[tweets[place]], ids[place])
        await platform.drain()
        await platform.stores.timelines.forget([PEOPLE[one] for one in sorted(forgotten)])

        columns = await shown(platform)

        for me in forgotten:
            sees = {me, *(b for a, b in follows if a == me)}
            left = [id_ for place, id_ in enumerate(ids) if tweets[place] in sees and place not in deleted]
            assert columns[me] == left[::-1][:20]
            rest = await platform.stores.timelines.page(PEOPLE[me], 2**63 - 1, 60)
            assert rest is None or rest == left[::-1][:60]

    run_virtual(story)


def test_many_are_rebuilt_without_asking_for_each(monkeypatch):
    async def story(clock) -> None:
        platform = platform_of(clock, {(a, 4) for a in range(4)})
        await platform.client.post_many([PEOPLE[4]] * 30, ["hello"] * 30)
        await platform.drain()
        await platform.stores.timelines.forget(PEOPLE)

        async def alone(*_):
            raise AssertionError("asked for one")

        monkeypatch.setattr(platform.stores.tweets, "home", alone)
        assert [len(ids) for ids in await shown(platform)] == [20] * 5

    run_virtual(story)


def test_a_reply_in_a_batch_is_a_reply():
    async def story(clock) -> None:
        platform = platform_of(clock, {(1, 0)})
        client = platform.client
        first = (await client.post_many(PEOPLE[:1], ["hello"]))[0]
        answer = (await client.post_many(PEOPLE[1:2], ["and to you"], [first]))[0]

        assert (await platform.stores.tweets.many([answer]))[0].reply_to == first
        assert (await platform.stores.tweets.counts([first]))[0].replies == 1
        assert await platform.stores.tweets.replies(first, 2**63 - 1, 9) == [answer]
        with pytest.raises(Refused, match="no such tweet"):
            await client.post_many(PEOPLE[1:2], ["to nobody"], [12345])
        await client.block(PEOPLE[0], PEOPLE[2])
        with pytest.raises(Refused):
            await client.post_many(PEOPLE[2:3], ["let me in"], [first])

    run_virtual(story)
