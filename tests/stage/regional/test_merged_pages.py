"""Rows read for a page from many shards, against the fewest that anybody could read."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from solutions.week2.day2_shards import ShardPlan
from twitterlab.parts.shards import OneByOne, Read
from twitterlab.stage.regional.labs.merged_pages import NEWEST, SHARDS, Counted, counted_pages, least_rows, page_of


class APageFromEach(ShardPlan):
    """Reads a full page of every shard."""

    def merge(self, query, got):
        missing = tuple(Read(shard, query.before_id, query.limit) for shard in query.shards if shard not in got)
        return missing or super().merge(query, got)


@pytest.mark.parametrize("shards", SHARDS)
def test_the_reference_shows_what_one_database_shows_and_reads_little_more_than_it_must(shards):
    counted = counted_pages(ShardPlan(), shards, 1)

    assert counted.wrong == 0
    assert counted.least <= counted.read <= 1.6 * counted.least
    assert counted.rounds / counted.pages < 3.2


def test_a_full_page_from_each_shard_is_seen():
    counted = counted_pages(APageFromEach(), 8, 1)

    assert counted.wrong == 0
    assert counted.read > 3 * counted.least


def test_a_part_that_asks_one_shard_shows_other_pages():
    assert counted_pages(OneByOne(), 4, 1).wrong > 0


def test_a_part_that_never_ends_is_given_up():
    class Endless(ShardPlan):
        def merge(self, query, got):
            return (Read(query.shards[0], NEWEST, 1),)

    assert page_of(Endless(), {"s0": [1]}, NEWEST, Counted()) is None


def test_nobody_is_certain_with_fewer_rows_than_the_fewest():
    """All ways to read so many rows of each shard: the page follows from what was read in none that is shorter."""
    chance = Random(1)
    for _ in range(60):
        held = {"s0": [], "s1": [], "s2": []}
        for one in range(chance.randint(0, 9)):
            held[f"s{chance.randrange(3)}"].append(one)
        limit = chance.randint(1, 4)
        fewest = min(
            sum(counts)
            for counts in product(*(range(len(ids) + 1) for ids in held.values()))
            if _is_certain(dict(zip(held, counts, strict=True)), held, limit)
        )
        assert least_rows(held, NEWEST, limit) == fewest, (held, limit)


def _is_certain(counts: dict[str, int], held: dict[str, list[int]], limit: int) -> bool:
    """Who has read so many of each, and knows where a shard has ended, knows the page."""
    read = {name: sorted(ids, reverse=True)[: counts[name]] for name, ids in held.items()}
    page = sorted((one for ids in read.values() for one in ids), reverse=True)[:limit]
    for name, ids in held.items():
        is_end = counts[name] == len(ids)
        newest_unread = None if is_end else (read[name][-1] if read[name] else NEWEST)
        if newest_unread is not None and (len(page) < limit or newest_unread > page[-1]):
            return False
    return True
