"""Kinds of data that are kept elsewhere: what was asked for is what holds them, and the label says so."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import BadInput
from twitterlab.model.engagement import Engagement
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.storage.alternatives import NEEDS, OPENERS, parse, rerouted
from twitterlab.storage.routes import ELSEWHERE, PLACES
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.stores import open_stores

TOP = 2**63 - 1
PICTURE = hashlib.sha256(b"one").hexdigest() + ".png"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("tweets=duckdb", "routes no kind"),
        ("search", "cannot be on ''"),
        ("search=duckdb", "cannot be on 'duckdb'"),
        ("pictures=s3:ftp://x", "cannot be on"),
        ("search=tantivy:http://x", "cannot be on"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(word, said):
    with pytest.raises(BadInput, match=said) as refused:
        parse([word])
    assert "search=tantivy" in refused.value.next_step


def test_a_kind_has_one_place():
    with pytest.raises(BadInput, match="twice"):
        parse(["analytics=sqlite", "analytics=duckdb"])


def test_every_kind_and_every_engine_has_its_words_in_the_routing_table():
    assert set(OPENERS) == set(ELSEWHERE)
    assert {engine for engines in OPENERS.values() for engine in engines} == set(PLACES)


@pytest.mark.parametrize("engine", [name for name in OPENERS["analytics"] if name != "none"])
def test_what_was_counted_is_kept_in_the_folder_by_all_but_memory(engine, tmp_path):
    if engine in NEEDS:
        pytest.importorskip(NEEDS[engine][0])

    async def visit(write):
        stores = open_stores("memory", tmp_path, SocialSchema())
        async with rerouted(stores, tmp_path, {"analytics": engine}):
            if write:
                await stores.analytics.record([Engagement(1, "post", 5)])
            return len(await stores.analytics.by_hour(0, TOP)), stores.engine

    first, label = asyncio.run(visit(True))
    again, _ = asyncio.run(visit(False))
    assert (first, again) == (1, 0 if engine == "memory" else 1)
    assert label.startswith("memory, analytics on ")


@pytest.mark.slow
def test_search_and_pictures_go_where_they_were_sent_and_what_settles_is_there_again(tmp_path):
    for engine in ("tantivy", "s3"):
        pytest.importorskip(NEEDS[engine][0])
    pytest.importorskip("moto")

    async def visit(write):
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        try:
            async with rerouted(stores, tmp_path, parse(["search=tantivy", "pictures=s3"])):
                if write:
                    await stores.search.index(Tweet(1, 1, "hello", 5))
                    await stores.settle()
                    await stores.media.put(PICTURE, b"one")
                    assert await stores.media.get(PICTURE) == b"one"
                return await stores.search.find(TweetQuery(("hello",)), TOP, 9), stores.engine
        finally:
            await stores.close()

    found, label = asyncio.run(visit(True))
    assert label.startswith("sqlite, search on tantivy ")
    assert "pictures on s3" in label
    assert asyncio.run(visit(False))[0] == found == [1]
    assert not (tmp_path / "media").exists()


def test_a_new_index_knows_what_the_one_before_knew_and_an_old_one_is_not_told_twice(tmp_path):
    pytest.importorskip("tantivy")
    many = 1_203

    async def visit(places, *fresh):
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        try:
            async with rerouted(stores, tmp_path, places):
                for id_ in fresh:
                    tweet = Tweet(id_, 1, f"word{id_ % 2} all", id_)
                    await stores.tweets.add(tweet)
                    await stores.search.index(tweet)
                return await stores.search.find(TweetQuery(("all",)), TOP, 10_000)
        finally:
            await stores.close()

    async def people():
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        await stores.users.add(User(1, "ann", "Ann", 0))
        await stores.close()

    asyncio.run(people())
    asyncio.run(visit({}, *range(1, many + 1)))
    moved = asyncio.run(visit({"search": "tantivy"}, TOP - 1))
    again = asyncio.run(visit({"search": "tantivy"}))
    assert moved == again == [TOP - 1, *range(many, 0, -1)]
