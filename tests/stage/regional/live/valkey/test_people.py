"""People who come in an open loop, and the history of what they were told."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from twitterlab.errors import Refused, Uncertain
from twitterlab.stage.regional.live.valkey.people import People
from twitterlab.stage.scenarios.reshard_pages import judge_pages
from twitterlab.world.chance import SeededChance

OLD = {author: [author * 10 + number for number in range(3)] for author in range(8)}


def came(ask, operations=300):
    """People who are done after so many operations."""
    number = count(1)

    async def counted(f, value):
        if next(number) == operations:
            people.stop()
        return await ask(f, value)

    people = People(counted, OLD, SeededChance(1), 3_000)
    asyncio.run(people.run())
    return people


def database():
    """Everything in one place."""
    there = {author: set(ids) for author, ids in OLD.items()}

    async def ask(f, value):
        await asyncio.sleep(0)
        if f == "page":
            limit, authors = value
            return [sorted((tweet for author in authors for tweet in there[author]), reverse=True)[:limit], []]
        author, tweet = value
        there[author].add(tweet) if f == "post" else there[author].remove(tweet)
        return True

    return ask


def test_with_one_database_nobody_has_anything_to_complain_of():
    people = came(database())

    assert judge_pages(people.rows, OLD) == []
    assert {one.f for one in people.samples} == {"page", "post", "delete"}
    assert {one.outcome for one in people.samples} == {"ok"}
    assert len(people.rows) == 2 * len(people.samples) >= 600
    assert all(one.latency_ms >= 0 for one in people.samples)


def test_a_database_that_hides_an_author_is_found():
    ask = database()

    async def hiding(f, value):
        answer = await ask(f, value)
        return [[tweet for tweet in answer[0] if tweet not in OLD[3]], []] if f == "page" else answer

    assert {violation.promise for violation in judge_pages(came(hiding).rows, OLD)} == {"no tweet is invisible"}


def test_what_nobody_knows_is_kept_apart_from_what_did_not_happen():
    async def ask(f, value):
        if f == "page":
            return [[], ["s3"]]
        raise Refused("full") if f == "post" else Uncertain("no answer")

    people = came(ask)

    outcomes = {(one.f, one.outcome) for one in people.samples}
    assert outcomes == {("page", "fail"), ("post", "fail"), ("delete", "info")}


def test_what_is_no_answer_of_a_server_ends_it():
    async def ask(f, value):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        came(ask)
