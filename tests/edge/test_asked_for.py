"""What users of such systems keep asking for, one test a line, at the door."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from math import isnan

import httpx
import pytest

from solutions.week1.day2_schema import SocialSchema
from tests.edge.test_live import Ear, listen, served
from tests.edge.test_live import signed_up as online
from twitterlab.platform.limits import DAY_MS
from twitterlab.storage.timelines.memory import CAPACITY


async def say(person, *texts):
    return [(await person.post("/api/tweets", json={"text": text})).json()["id"] for text in texts]


async def pages(person, address, limit):
    """Every page, by its cursors."""
    cursor, found = None, []
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = (await person.get(address, params=query)).json()
        found.append([item["text"] for item in page["items"]])
        cursor = page["next"]
        if cursor is None:
            return found


def flat(found):
    return [text for page in found for text in page]


async def friends(house, *handles):
    """A reader, and people whom they follow: browsers and ids by handle."""
    people = {handle: await house.signed_up(handle) for handle in ("reader", *handles)}
    for handle in handles:
        await people["reader"][0].put(f"/api/following/{people[handle][1]}")
    return people


def test_1_a_page_that_filters_shorten_still_has_a_cursor(visit):
    async def story(house):
        people = await friends(house, "ann", "bob")
        (reader, _), (ann, _), (bob, bob_id) = people.values()
        await say(ann, "oldest")
        await say(bob, *(f"noise {number}" for number in range(10)))
        await say(ann, "newest")
        await house.platform.drain()
        await reader.put(f"/api/mutes/{bob_id}")
        found = await pages(reader, "/api/home", 4)
        assert found[:2] == [["newest"], []]
        assert flat(found) == ["newest", "oldest"]

    visit(story)


@pytest.mark.parametrize("address", ["/api/home", "/api/users/{ann_id}/tweets", "/api/search/tweets?q=tweet"])
def test_2_cursors_survive_inserts_deletes_and_a_day(visit, address):
    async def story(house):
        (reader, _), (ann, ann_id) = (await friends(house, "ann")).values()
        ids = await say(ann, *(f"tweet {number}" for number in range(10)))
        await house.platform.drain()
        at = address.format(ann_id=ann_id)
        first = (await reader.get(at, params={"limit": 3, **dict(httpx.URL(at).params)})).json()
        await say(ann, "tweet later")
        for deleted in (ids[7], ids[6], ids[0]):  # the cursor's own, the next one, the last
            await ann.delete(f"/api/tweets/{deleted}")
        await house.platform.drain()
        house.clock.step_ms += DAY_MS
        rest = (await reader.get(at, params={"cursor": first["next"], **dict(httpx.URL(at).params)})).json()
        assert [item["text"] for item in first["items"]] == ["tweet 9", "tweet 8", "tweet 7"]
        assert [item["text"] for item in rest["items"]] == [f"tweet {number}" for number in (5, 4, 3, 2, 1)]

    visit(story)


def test_3_a_timeline_that_was_trimmed_evicted_or_toggled_has_no_gaps(visit):
    async def story(house):
        (reader, reader_id), (ann, ann_id) = (await friends(house, "ann")).values()
        texts = [f"tweet {number}" for number in range(CAPACITY + 100)]
        for text in texts:
            await house.platform.client.post(int(ann_id), text)
        await house.platform.drain()
        texts.reverse()
        assert flat(await pages(reader, "/api/home", 100)) == texts  # trimmed at 800
        await house.platform.timelines.forget([int(reader_id)])
        await say(ann, "meanwhile")
        await house.platform.drain()
        assert flat(await pages(reader, "/api/home", 100)) == ["meanwhile", *texts]
        await reader.delete(f"/api/following/{ann_id}")
        assert flat(await pages(reader, "/api/home", 100)) == []
        await reader.put(f"/api/following/{ann_id}")
        assert flat(await pages(reader, "/api/home", 100)) == ["meanwhile", *texts]

    visit(story)


@pytest.mark.slow
def test_4_a_huge_accounts_post_does_not_delay_a_small_ones():
    from tests.stage import test_whole_twitter

    test_whole_twitter.test_a_huge_account_waits_behind_everybody_else()


def test_5_timelines_stay_bounded(visit):
    async def story(house):
        (reader, reader_id), (_, ann_id) = (await friends(house, "ann")).values()
        await house.platform.drain()
        await reader.get("/api/home")  # from now on it is kept
        for number in range(CAPACITY + 300):
            await house.platform.client.post(int(ann_id), f"tweet {number}")
        await house.platform.drain()
        timelines = house.platform.stores.timelines
        kept = await timelines.page(int(reader_id), 2**63 - 1, CAPACITY)
        assert len(kept) == CAPACITY
        assert await timelines.page(int(reader_id), kept[-1], 1) is None  # nothing older is kept

    visit(story)


def test_6_a_cache_that_was_away_gives_no_stale_reads(visit):
    async def story(house):
        (reader, _), (ann, ann_id) = (await friends(house, "ann")).values()
        gone, _ = await say(ann, "soon gone", "stays")
        await house.platform.drain()
        for address in ("/api/home", "/api/people/ann"):
            await reader.get(address)  # into the cache
        house.broker.connected = False
        await ann.delete(f"/api/tweets/{gone}")
        await ann.put("/api/me", json={"name": "Anna"})
        house.broker.connected = True
        await house.platform.drain()
        (tweet,) = (await reader.get("/api/home")).json()["items"]
        assert (tweet["text"], tweet["author"]["name"]) == ("stays", "Anna")
        assert (await reader.get("/api/people/ann")).json()["person"]["name"] == "Anna"
        house.broker.connected = False
        await reader.delete(f"/api/following/{ann_id}")
        house.broker.connected = True
        assert (await reader.get("/api/home")).json()["items"] == []

    visit(story)


def test_7_what_is_measured_is_when_it_can_be_seen_and_not_the_acknowledgement(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, _ = await online(address, "ann")
            reader, _, token = await online(address, "reader")
            await reader.put(f"/api/following/{ann_id}")
            async with listen(address, token) as socket:
                ear = Ear(socket)
                await ear.event()
                await reader.get("/api/home")  # from now on it is kept
                (posted,) = await say(ann, "acknowledged")
                assert (await reader.get("/api/home")).json()["items"] == []  # and not yet visible
                told = asyncio.create_task(ear.event())
                await house.platform.drain()
                assert (await told)["id"] == posted
                assert (await reader.get("/api/home")).json()["items"][0]["id"] == posted

    visit(story)


@pytest.mark.slow
def test_8_it_works_out_of_the_box(tmp_path):
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "twitterlab", "serve", "--demo", "--people", "50", "--port", "0"]
    process = subprocess.Popen(command, cwd=tmp_path, env=bare, stdout=subprocess.PIPE, text=True)
    try:
        said = "".join(process.stdout.readline() for _ in range(2))
        url = re.search(r"http://\S+", said)[0]
        assert httpx.get(url).status_code == httpx.get(f"{url}/ready").status_code == 200
        account = {"handle": "me", "name": "Me", "password": "long enough"}
        token = httpx.post(f"{url}/api/accounts", json=account, timeout=30).json()["token"]
        trends = httpx.get(f"{url}/api/trends", headers={"Authorization": f"Bearer {token}"}).json()
        assert len(trends) > 3
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_9_why_not_pull_for_everyone_is_answered_by_a_measured_crossover(tmp_path):
    from solutions.week1.day3_cache import AsideCache
    from twitterlab.parts.schema import NoSchema
    from twitterlab.stage.experiments import home_reads

    found = home_reads.run(AsideCache, SocialSchema(), NoSchema(), tmp_path, 1)

    measured = {figure.name: figure.measured for figure in found.figures if figure.source == "live"}
    assert {"pull_push_crossover", "pull_cached_crossover"} <= set(measured)
    assert isnan(measured["pull_push_crossover"]) or measured["pull_push_crossover"] >= 1
    assert measured["push_write_ms"] > 0  # the price of push is shown beside what it gains


def test_10_live_updates_resume_after_the_broker_was_lost(visit):
    async def story(house):
        async with served(house.application) as address:
            ann, ann_id, _ = await online(address, "ann")
            reader, _, token = await online(address, "reader")
            await reader.put(f"/api/following/{ann_id}")
            stop = asyncio.Event()
            worker = asyncio.create_task(house.platform.run(stop))
            async with listen(address, token) as socket:
                ear = Ear(socket)
                await ear.event()
                posted = await say(ann, "before")
                heard = [(await ear.event())["id"]]
                house.broker.connected = False
                posted += await say(ann, "during", "still")
                await asyncio.sleep(0.15)  # the worker notices
                house.broker.connected = True
                posted += await say(ann, "after")
                heard += [(await ear.event())["id"] for _ in range(3)]
            stop.set()
            await worker
            assert heard == posted

    visit(story)


def test_11_unfollow_and_block_clean_the_timeline(visit):
    async def story(house):
        (reader, _), (ann, ann_id), (bob, bob_id) = (await friends(house, "ann", "bob")).values()
        (tweet,) = await say(ann, "of ann")
        await bob.put(f"/api/retweets/{tweet}")
        await say(bob, "of bob")
        await house.platform.drain()
        assert flat(await pages(reader, "/api/home", 20)) == ["of bob", "of ann"]
        await reader.delete(f"/api/following/{bob_id}")
        assert flat(await pages(reader, "/api/home", 20)) == ["of ann"]
        await reader.put(f"/api/following/{bob_id}")
        await reader.put(f"/api/blocks/{ann_id}")
        assert flat(await pages(reader, "/api/home", 20)) == ["of bob"]

    visit(story)


@pytest.mark.parametrize("limit", [1, 2, 20])
def test_11_the_same_retweet_does_not_show_twice_in_a_row(visit, limit):
    async def story(house):
        people = await friends(house, "ann", "bob", "cat", "dan")
        (reader, _), (ann, _), (bob, _), (cat, cat_id), (dan, _) = people.values()
        (tweet,) = await say(ann, "shared")
        await bob.put(f"/api/retweets/{tweet}")
        await cat.put(f"/api/retweets/{tweet}")
        await say(ann, "between")
        await dan.put(f"/api/retweets/{tweet}")
        await house.platform.drain()
        assert flat(await pages(reader, "/api/home", limit)) == ["shared", "between", "shared"]
        await reader.put(f"/api/mutes/{cat_id}")  # the retweet that was shown: now another one is
        assert flat(await pages(reader, "/api/home", limit)) == ["shared", "between", "shared"]

    visit(story)
