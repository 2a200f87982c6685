"""A power cut keeps a prefix of the write-ahead log: whatever the length, what is derived is there or is pending."""

import asyncio
import shutil

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.model.message import Notification
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.database import FILE
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.stores import open_stores

TOP = 2**63 - 1
LOG = FILE + "-wal"
POSTS = 12
CUTS = 60


async def post(stores, id_):
    await stores.tweets.add(Tweet(id_, 1, "hello", id_), [2], Event(id_, "posted", 1, id_))


async def fan_out(stores):
    for event in await stores.outbox.pending(3):
        await stores.search.index(Tweet(event.subject_id, 1, "hello", 0))
        await stores.notifications.add([Notification(event.id, 2, "mention", 1, event.subject_id, 0)])
        await stores.outbox.done([event.id])
        await stores.outbox.delivered([event.id])


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A folder whose log holds everything that happened since the tables were made, and where the log ended then."""
    live, folder = tmp_path_factory.mktemp("live"), tmp_path_factory.mktemp("copy")

    async def story():
        await open_stores("sqlite", live, SocialSchema()).close()
        stores = open_stores("sqlite", live, SocialSchema())
        for id_ in (1, 2):
            await stores.users.add(User(id_, f"user{id_}", "x", 0))
        for id_ in range(1, POSTS + 1):
            await post(stores, id_)
            if id_ % 3 == 0:
                await fan_out(stores)
        for name in (FILE, LOG):
            shutil.copy(live / name, folder)
        await stores.close()

    asyncio.run(story())
    return folder


async def state(folder):
    stores = open_stores("sqlite", folder, SocialSchema())
    try:
        posted = set(await stores.tweets.by_author(1, TOP, 99))
        pending = {event.subject_id for event in await stores.outbox.pending(99)}
        found = set(await stores.search.find(TweetQuery(("hello",)), TOP, 99))
        told = {notification.tweet_id for notification in await stores.notifications.page(2, TOP, 99)}
        return posted, pending, found, told
    finally:
        await stores.close()


def test_after_a_cut_anywhere_in_the_log_nothing_is_neither_derived_nor_pending(log, tmp_path):
    whole = (log / LOG).read_bytes()
    seen = set()
    for cut in range(CUTS + 1):
        shutil.copy(log / FILE, tmp_path / FILE)
        (tmp_path / LOG).write_bytes(whole[: len(whole) * cut // CUTS])

        posted, pending, found, told = asyncio.run(state(tmp_path))

        assert posted <= pending | (found & told)
        assert found | told <= posted
        seen.add((len(posted), len(pending)))
    assert (0, 0) in seen and (POSTS, 0) in seen
    assert any(pending for _, pending in seen)


def test_after_a_cut_anywhere_while_the_tables_are_made_the_next_start_makes_them(tmp_path):
    async def first_start():
        stores = open_stores("sqlite", tmp_path / "live", SocialSchema())
        shutil.copytree(tmp_path / "live", tmp_path / "copy")
        await stores.close()

    async def next_start(folder):
        stores = open_stores("sqlite", folder, SocialSchema())
        try:
            await stores.users.add(User(1, "one", "One", 0))
        finally:
            await stores.close()

    asyncio.run(first_start())
    whole = (tmp_path / "copy" / LOG).read_bytes()
    assert len(whole) > CUTS
    for cut in range(0, CUTS, 4):
        folder = tmp_path / str(cut)
        folder.mkdir()
        shutil.copy(tmp_path / "copy" / FILE, folder)
        (folder / LOG).write_bytes(whole[: len(whole) * cut // CUTS])

        asyncio.run(next_start(folder))
