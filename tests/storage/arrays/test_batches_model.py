"""Batches and single calls on the engine `arrays` against a naive model: sets of follows, a dictionary of tweets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.week1.day1_snowflake import Snowflake
from twitterlab.errors import Refused
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.storage.arrays import batches, hybrid
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.hybrid import HybridBatches, HybridTimelines
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import from_pairs, transposed
from twitterlab.storage.durable_arrays import DurableArrays, create
from twitterlab.storage.stores import array_stores
from twitterlab.world.fake_redis import fake_redis
from twitterlab.world.virtual import VirtualWorld, run_virtual

PEOPLE = [FIRST_ID + ID_STEP * index for index in range(5)]
LOADED = [(0, 1), (0, 2), (1, 2), (2, 1), (3, 0), (4, 0), (4, 1), (4, 2), (4, 3)]  # follower, followee
CAPACITY = 24
SOLVED = Blueprint(snowflake=Snowflake)
LONG = "long " * 40


class Naive:
    """What everybody should see, worked out anew every time."""

    def __init__(self) -> None:
        self.follows = {(PEOPLE[a], PEOPLE[b]) for a, b in LOADED}
        self.tweets: dict[int, tuple[int, str]] = {}
        self.likes: set[tuple[int, int]] = set()
        self.blocks: set[tuple[int, int]] = set()
        self.mutes: set[tuple[int, int]] = set()

    def hidden(self, me: int) -> set[int]:
        mine = {b for a, b in self.blocks | self.mutes if a == me}
        return mine | {a for a, b in self.blocks if b == me}

    def home(self, me: int) -> list[int]:
        seen = {me, *(b for a, b in self.follows if a == me)} - self.hidden(me)
        return sorted((id_ for id_, (author, _) in self.tweets.items() if author in seen), reverse=True)


person = st.sampled_from(PEOPLE)
pair = st.sampled_from([*((PEOPLE[a], PEOPLE[b]) for a, b in LOADED), (PEOPLE[1], PEOPLE[0]), (PEOPLE[2], PEOPLE[4])])
changes = ("follow", "unfollow", "unfollow", "block", "unblock", "mute", "unmute")
EVERYBODY = ("post_many", [(author, "first") for author in PEOPLE])
step = st.one_of(
    st.tuples(st.just("post_many"), st.lists(st.tuples(person, st.sampled_from(("short", LONG))), min_size=1, max_size=30)),
    st.tuples(st.just("post"), person, st.sampled_from(("alone", "@p1 hello", LONG))),
    st.tuples(st.sampled_from(changes), pair).map(lambda drawn: (drawn[0], *drawn[1])),
    st.tuples(st.sampled_from(("delete", "like", "unlike")), person, st.integers(0, 200)),
    st.tuples(st.just("look")),
)  # fmt: skip


def population_of(pull_from):
    followers = from_pairs(np.array([b for _, b in LOADED]), np.array([a for a, _ in LOADED]), len(PEOPLE))
    state = ArrayState(len(PEOPLE), followers, transposed(*followers, len(PEOPLE)))
    timelines = HybridTimelines(state, CAPACITY) if pull_from else ArrayTimelines(state.accounts, state.rows, CAPACITY)
    timelines.rings.lines[:, 0] = BUILT | FAST
    return state, timelines


def platform_of(clock, pull_from) -> Platform:
    state, timelines = population_of(pull_from)
    stores = array_stores(state, timelines)
    if pull_from:
        stores.batches = HybridBatches(state, timelines, pull_from)
    return over(clock, stores)


def over(clock, stores, blueprint=Blueprint()) -> Platform:  # noqa: B008 (nobody changes it)
    return Platform(blueprint, VirtualWorld(clock), stores, fake_redis(), limits={})


async def act(platform, naive: Naive, name: str, *of) -> None:
    """One step on both sides; what is refused changes neither."""
    client = platform.client
    if name == "post_many":
        ids = await client.post_many([author for author, _ in of[0]], [text for _, text in of[0]])
        naive.tweets.update(zip(ids, of[0], strict=True))
    elif name == "post":
        tweet = await client.post(*of)
        naive.tweets[tweet.id] = of
    elif name in ("delete", "like", "unlike"):
        await about_a_tweet(platform, naive, name, *of)
    else:
        await about_people(platform, naive, name, *of)


async def about_a_tweet(platform, naive: Naive, name: str, me: int, number: int) -> None:
    if not naive.tweets:
        return
    tweet_id = sorted(naive.tweets)[number % len(naive.tweets)]
    try:
        await getattr(platform.client, name)(me, tweet_id)
    except Refused:
        return
    if name == "delete":
        del naive.tweets[tweet_id]
        naive.likes = {(who, id_) for who, id_ in naive.likes if id_ != tweet_id}
    else:
        (naive.likes.add if name == "like" else naive.likes.discard)((me, tweet_id))


async def about_people(platform, naive: Naive, name: str, me: int, other: int) -> None:
    try:
        await getattr(platform.client, name)(me, other)
    except Refused:
        return
    if name == "block":
        naive.follows -= {(me, other), (other, me)}
    pairs = {"follow": naive.follows, "block": naive.blocks, "mute": naive.mutes}[name.removeprefix("un")]
    (pairs.discard if name.startswith("un") else pairs.add)((me, other))


async def compare(platform, naive: Naive) -> None:
    """The columns, and every page of the single call, against the model."""
    columns = await platform.client.home_pages(np.array(PEOPLE))
    for line, me in enumerate(PEOPLE):
        expected, tweets = naive.home(me), columns.tweets[line]
        shown = [place for place in range(20) if tweets["created_ms"][place]]
        ids = tweets["id"][shown].tolist()
        assert ids == expected[: len(ids)]
        assert len(ids) == len(expected) or np.count_nonzero(tweets["id"]) == 20
        for place, tweet_id in zip(shown, ids, strict=True):
            author, text = naive.tweets[tweet_id]
            said = columns.long.get((line, place), tweets["text"][place].tobytes()[: tweets["length"][place]].decode())
            assert (tweets["author_id"][place], said) == (author, text)
            assert tweets["handle"][place] == f"p{PEOPLE.index(author)}".encode()
            assert tweets["likes"][place] == sum(id_ == tweet_id for _, id_ in naive.likes)
        assert await all_of(platform, me) == expected


async def all_of(platform, me: int) -> list[int]:
    ids, cursor = [], None
    while True:
        page = await platform.client.home(me, cursor, 7)
        ids += [view.tweet.id for view in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids


@given(steps=st.lists(st.one_of(step, st.sampled_from((("restart",), ("checkpoint",)))), max_size=14))
@settings(max_examples=40, deadline=None)
def test_whatever_people_do_between_restarts_their_pages_are_those_of_the_model(tmp_path_factory, steps):
    folder, naive = tmp_path_factory.mktemp("arrays"), Naive()

    async def story(clock) -> None:
        opened = create(folder, *population_of(None), "process")
        platform = over(clock, opened.stores, SOLVED)
        for name, *of in [EVERYBODY, ("look",), *steps, ("look",)]:
            if name == "look":
                await platform.drain()
                await compare(platform, naive)
            elif name == "checkpoint":
                opened.checkpoint()
            elif name == "restart":
                await opened.close()
                opened = DurableArrays(folder, "process")
                platform = over(clock, opened.stores, SOLVED)
                await clock.sleep_ms(1_000)  # ids go on where they were
            else:
                await act(platform, naive, name, *of)
        await opened.close()

    run_virtual(story)


@pytest.mark.parametrize(("large", "pull_from"), [(5_000, None), (1, None), (1, 2), (1, 3)])
@given(steps=st.lists(step, max_size=14))
@settings(max_examples=40, deadline=None)
def test_whatever_people_do_their_pages_are_those_of_the_model(large, pull_from, steps):
    async def story(clock) -> None:
        platform, naive = platform_of(clock, pull_from), Naive()
        for name, *of in [EVERYBODY, ("look",), *steps, ("look",)]:
            if name == "look":
                await platform.drain()
                await compare(platform, naive)
            else:
                await act(platform, naive, name, *of)

    before, kept = (batches.LARGE, batches.SLICE), hybrid.KEPT
    batches.LARGE = batches.SLICE = large
    hybrid.KEPT = 20
    try:
        run_virtual(story)
    finally:
        (batches.LARGE, batches.SLICE), hybrid.KEPT = before, kept
