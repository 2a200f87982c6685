"""A snapshot gives back what was there, and a crash while it is written leaves the one before."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from twitterlab.errors import BadInput
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.arrays import snapshot
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import from_pairs, transposed
from twitterlab.storage.batches import NewTweets
from twitterlab.storage.stores import array_stores

ANN, BOB, CIA = (FIRST_ID + ID_STEP * index for index in range(3))
LATE = 99
TOP = 2**63 - 1


def world():
    followers = from_pairs(np.array([1, 1, 0]), np.array([0, 2, 1]), 3)  # Ann and Cia follow Bob, Bob follows Ann
    state = ArrayState(3, followers, transposed(*followers, 3))
    timelines = ArrayTimelines(state.accounts, state.rows)
    timelines.rings.lines[:, 0] = BUILT | FAST
    return state, timelines, ArrayBatches(state, timelines)


async def lived(state, timelines, batches):
    """People post, come, go and like."""
    stores = array_stores(state, timelines)
    await stores.users.add(User(LATE, "late", "Late", 5))
    await stores.follows.follow(LATE, BOB, 0)
    await stores.follows.unfollow(CIA, BOB)
    batches.add(NewTweets([10, 11], [BOB, ANN], [b"hello", b"long " * 40], 7))
    batches.fan_out(10)
    await stores.tweets.add(Tweet(12, LATE, "a reply", 8, reply_to=10), [ANN], Event(12, "posted", LATE, 12))
    await stores.tweets.like(ANN, 10, 0)
    await stores.relations.mute(BOB, ANN)
    batches.add(NewTweets([20], [BOB], [b"not fanned out yet"], 9))


async def told(state, timelines, batches):
    """Answers that touch everything."""
    stores = array_stores(state, timelines)
    ids = np.array([ANN, BOB, CIA, LATE])
    pages, is_told = batches.pages(ids, 20)
    return [
        pages.tweets.tobytes(), pages.long, is_told.tolist(),
        [await stores.timelines.page(user, TOP, 9) for user in ids.tolist()],
        [await stores.tweets.home(user, TOP, 9) for user in ids.tolist()],
        await stores.tweets.many([10, 11, 12, 20]), await stores.tweets.counts([10, 11, 12]),
        await stores.users.by_handle("late"), await stores.follows.followers(BOB, -1, 9),
        await stores.relations.hidden(BOB), await stores.outbox.pending(9), await stores.tweets.mentions(ANN, TOP, 9),
        batches.fan_out(20), [await stores.timelines.page(user, TOP, 9) for user in ids.tolist()],
    ]  # fmt: skip


def test_what_was_saved_is_there_again(tmp_path):
    before = world()
    asyncio.run(lived(*before))
    snapshot.save(tmp_path, *before)

    assert asyncio.run(told(*snapshot.load(tmp_path))) == asyncio.run(told(*before))


def test_a_crash_while_the_second_is_written_leaves_the_first(tmp_path, monkeypatch):
    before = world()
    snapshot.save(tmp_path, *before)
    asyncio.run(lived(*before))
    monkeypatch.setattr(snapshot, "_write", lambda path, content: (_ for _ in ()).throw(OSError("the power went")))

    with pytest.raises(OSError, match="power"):
        snapshot.save(tmp_path, *before)

    assert snapshot.load(tmp_path)[0].rows.count == 1


def test_a_second_snapshot_takes_the_place_of_the_first(tmp_path):
    before = world()
    snapshot.save(tmp_path, *before)
    asyncio.run(lived(*before))
    place = snapshot.save(tmp_path, *before)

    assert snapshot.load(tmp_path)[0].rows.count == before[0].rows.count
    assert [folder for folder in tmp_path.iterdir() if folder.is_dir()] == [place]


def test_a_folder_without_a_snapshot_is_said(tmp_path):
    with pytest.raises(BadInput, match="no snapshot can be read"):
        snapshot.load(tmp_path)
