"""A folder of the engine `arrays`: what was acknowledged is there again, whole, by the journal or by the snapshot."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage import durable_arrays as durable
from twitterlab.storage.arrays import journal as journals
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.storage.arrays.journal import Journal, records
from twitterlab.storage.arrays.rings import BUILT, FAST
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import from_pairs, transposed
from twitterlab.storage.batches import NewTweets
from twitterlab.storage.durable_arrays import DurableArrays, create

PEOPLE = [FIRST_ID + ID_STEP * index for index in range(4)]
ANN, BOB, CIA, DAN = PEOPLE
LATE = 99
TOP = 2**63 - 1
DURABILITIES = ("process", "disk")


def population():
    """Everybody follows Bob."""
    followers = from_pairs(np.array([1, 1, 1]), np.array([0, 2, 3]), 4)
    state = ArrayState(4, followers, transposed(*followers, 4))
    timelines = ArrayTimelines(state.accounts, state.rows)
    timelines.rings.lines[:, 0] = BUILT | FAST
    return state, timelines


async def lived(stores):
    """People come, post one by one and many at once, follow, like, block; some of it delivered, some not."""
    await stores.users.add(User(LATE, "late", "Late", 5))
    await stores.follows.follow(LATE, BOB, 0, Event(1, "followed", LATE, BOB))
    await stores.follows.unfollow(DAN, BOB)
    stores.batches.add(NewTweets([10, 11], [BOB, ANN], [b"hello", b"long " * 40], 7))
    await stores.batches.kept()
    stores.batches.fan_out(10)
    await stores.outbox.done([10])
    await stores.outbox.delivered([10])
    await stores.tweets.add(Tweet(12, LATE, "a reply to @ann", 8, reply_to=10), [ANN], Event(12, "posted", LATE, 12))
    await stores.search.index(Tweet(12, LATE, "a reply to @ann", 8, reply_to=10))
    await stores.timelines.push([LATE, ANN], 12)
    await stores.outbox.done([12])
    await stores.tweets.like(ANN, 10, 0)
    await stores.relations.mute(CIA, BOB)
    await stores.credentials.set_password(LATE, "hashed")
    await stores.credentials.open_session(b"digest", LATE, 10_000)
    await stores.timelines.forget([DAN])
    with pytest.raises(Refused):
        await stores.users.add(User(LATE, "late", "Late", 5))
    stores.batches.add(NewTweets([20], [BOB], [b"not fanned out yet"], 9))
    await stores.batches.kept()


async def told(stores):
    """Answers that touch everything."""
    ids = np.array([*PEOPLE, LATE])
    pages, is_told = stores.batches.pages(ids, 20)
    return [
        pages.tweets.tobytes(), pages.long, is_told.tolist(),
        [await stores.timelines.page(user, TOP, 9) for user in ids.tolist()],
        [await stores.tweets.home(user, TOP, 9) for user in ids.tolist()],
        await stores.tweets.many([10, 11, 12, 20]), await stores.tweets.counts([10, 11, 12]),
        await stores.users.by_handle("late"), await stores.follows.followers(BOB, -1, 9),
        await stores.relations.hidden(CIA), await stores.tweets.mentions(ANN, TOP, 9),
        await stores.credentials.password(LATE), await stores.credentials.session(b"digest", 0),
        stores.search._tweets if hasattr(stores.search, "_tweets") else None,
    ]  # fmt: skip


def reopened(folder, durability="disk"):
    return DurableArrays(folder, durability)


@pytest.mark.parametrize("durability", DURABILITIES)
@pytest.mark.parametrize("checkpoints", [(), (0,), (1,), (0, 1)])
def test_what_was_told_before_a_restart_is_told_after_it(tmp_path, durability, checkpoints):
    opened = create(tmp_path, *population(), durability)
    if 0 in checkpoints:
        opened.checkpoint()
    asyncio.run(lived(opened.stores))
    before = asyncio.run(told(opened.stores))
    if 1 in checkpoints:
        opened.checkpoint()
    asyncio.run(opened.close())

    again = reopened(tmp_path, durability)

    assert asyncio.run(told(again.stores)) == before
    pending = [event.id for event in asyncio.run(again.stores.outbox.pending(9))]
    assert pending == [1, 12, 20]  # relayed and not delivered is pending again
    assert again.stores.batches.fan_out(20) == 3  # Ann, Cia and who came late
    asyncio.run(again.close())


def test_a_checkpoint_empties_the_journal_and_leaves_one_of_each(tmp_path):
    opened = create(tmp_path, *population())
    asyncio.run(lived(opened.stores))
    assert opened.journal.bytes > 0

    opened.checkpoint()

    assert opened.journal.bytes == 0
    assert len(list(tmp_path.glob("journal-*"))) == 1
    assert len([path for path in tmp_path.iterdir() if path.name.isdigit()]) == 1


def test_a_long_journal_is_read_once(tmp_path, monkeypatch):
    opened = create(tmp_path, *population())
    asyncio.run(lived(opened.stores))
    before = asyncio.run(told(opened.stores))
    asyncio.run(opened.close())
    monkeypatch.setattr(durable, "CHECKPOINT_BYTES", 100)

    again = reopened(tmp_path)

    assert again.journal.bytes == 0
    assert asyncio.run(told(again.stores)) == before
    asyncio.run(again.close())


@given(cut=st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_a_journal_cut_off_anywhere_gives_the_records_before_the_cut(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "journal"
    written = [bytes([number]) * (7 * number) for number in range(1, 9)]
    journal = Journal(path, "process")
    ends = []
    for record in written:
        journal.write(record)
        ends.append(journal.bytes)
    journal.close()
    os.truncate(path, min(cut, ends[-1]))

    again = Journal(path, "process")
    again.write(b"after the crash")
    again.close()

    assert list(records(path)) == [*written[: sum(end <= cut for end in ends)], b"after the crash"]


def test_a_record_that_the_disk_garbled_ends_the_journal(tmp_path):
    journal = Journal(tmp_path / "journal", "process")
    for record in (b"first", b"second", b"third"):
        journal.write(record)
    journal.close()
    content = bytearray((tmp_path / "journal").read_bytes())
    content[content.index(b"second")] ^= 1
    (tmp_path / "journal").write_bytes(content)

    assert list(records(tmp_path / "journal")) == [b"first"]


def test_a_full_disk_refuses_and_changes_nothing(tmp_path, monkeypatch):
    opened = create(tmp_path, *population())
    write = os.write
    monkeypatch.setattr(journals.os, "write", lambda file, content: _full(write, file, content))

    with pytest.raises(Refused, match="journal cannot be written"):
        asyncio.run(opened.stores.users.add(User(LATE, "late", "Late", 5)))

    monkeypatch.undo()
    assert asyncio.run(opened.stores.users.by_handle("late")) is None
    asyncio.run(opened.stores.users.add(User(LATE, "late", "Late", 5)))
    asyncio.run(opened.close())
    assert asyncio.run(reopened(tmp_path).stores.users.by_handle("late")) is not None


def _full(write, file, content):
    """The disk takes three bytes more."""
    if _full.taken.setdefault(file, 0):
        raise OSError(errno.ENOSPC, "full")
    _full.taken[file] = write(file, content[:3])
    return _full.taken[file]


_full.taken = {}


def test_a_flush_that_fails_is_uncertain_and_nothing_is_written_after_it(tmp_path, monkeypatch):
    opened = create(tmp_path, *population(), "disk")
    monkeypatch.setattr(journals, "FLUSH", lambda file: (_ for _ in ()).throw(OSError(errno.EIO, "bad sector")))

    with pytest.raises(Uncertain, match="bad sector"):
        asyncio.run(opened.stores.users.add(User(LATE, "late", "Late", 5)))
    with pytest.raises(Refused, match="bad sector"):
        asyncio.run(opened.stores.ping())


def test_writes_that_come_together_share_a_flush(tmp_path, monkeypatch):
    flushes, flush = [], journals.FLUSH
    monkeypatch.setattr(journals, "FLUSH", lambda file: flushes.append(file) or flush(file))
    opened = create(tmp_path, *population(), "disk")

    async def many():
        await asyncio.gather(*(opened.stores.tweets.add(Tweet(id_, ANN, "hello", 1)) for id_ in range(1, 101)))

    asyncio.run(many())
    assert 1 <= len(flushes) <= 10


def test_a_second_process_is_told(tmp_path):
    opened = create(tmp_path, *population())

    with pytest.raises(BadInput, match="in use"):
        reopened(tmp_path)
    asyncio.run(opened.close())


VICTIM = """
import asyncio, os, sys
from pathlib import Path
from twitterlab.model.tweet import Tweet
from twitterlab.parts.queue import Event
from twitterlab.storage.durable_arrays import DurableArrays
from twitterlab.storage.batches import NewTweets
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP

ANN, BOB = FIRST_ID, FIRST_ID + ID_STEP
opened = DurableArrays(Path(sys.argv[1]), sys.argv[2])

async def main():
    stores = opened.stores
    for turn in range(1, 1_000_000):
        first = turn * 10
        stores.batches.add(NewTweets([first, first + 1], [BOB, ANN], [b"hello", b"there"], 7))
        await stores.batches.kept()
        await stores.tweets.add(Tweet(first + 2, ANN, "one", 8), [BOB], Event(first + 2, "posted", ANN, first + 2))
        os.write(1, f"{turn}\\n".encode())
        stores.batches.fan_out(first)
        await stores.outbox.delivered([first])
        if turn % int(sys.argv[3]) == 0:
            opened.checkpoint()

asyncio.run(main())
"""


@pytest.mark.parametrize(("durability", "acknowledgements", "checkpoint_every"), [
    ("process", 60, 1_000_000), ("disk", 30, 1_000_000), ("process", 40, 3), ("disk", 25, 4),
])  # fmt: skip
def test_every_acknowledged_write_survives_sigkill(tmp_path, durability, acknowledgements, checkpoint_every):
    asyncio.run(create(tmp_path, *population(), durability).close())
    arguments = [sys.executable, "-c", VICTIM, str(tmp_path), durability, str(checkpoint_every)]
    victim = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    acknowledged = [int(victim.stdout.readline()) for _ in range(acknowledgements)]
    victim.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in victim.stdout.read().splitlines() if line]
    victim.wait()

    again = reopened(tmp_path, durability)

    wanted = {id_ for turn in acknowledged for id_ in (turn * 10, turn * 10 + 1, turn * 10 + 2)}
    stores = again.stores
    assert {tweet.id for tweet in asyncio.run(stores.tweets.many(sorted(wanted)))} == wanted
    mentions = asyncio.run(stores.tweets.mentions(BOB, TOP, 10_000))
    assert {turn * 10 + 2 for turn in acknowledged} <= set(mentions)
    bobs = asyncio.run(stores.tweets.by_author(BOB, TOP, 10_000))
    while again.batches.waiting:
        stores.batches.fan_out(next(iter(again.batches.waiting)))
    seen = asyncio.run(stores.timelines.page(CIA, TOP, 60))
    assert seen is None or seen == bobs[: len(seen)]
    assert again.timelines.rings.entries(2)[-10:] == [again.state.rows.row(id_) for id_ in reversed(bobs[:10])]
    asyncio.run(again.close())
