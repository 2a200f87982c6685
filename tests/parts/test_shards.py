"""The laws of the shards part once more, as properties, against one database and a model of two owners."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from solutions.week2.day2_shards import ShardPlan
from twitterlab.parts.shards import (
    Announce,
    Compare,
    Copy,
    Done,
    Finished,
    Got,
    Merged,
    OneByOne,
    Phase,
    Progress,
    Query,
)

NEWEST = 1 << 62


class Database:
    """Ids on some shards, and the same in one place."""

    def __init__(self, chance: Random, shards: int) -> None:
        self.chance = chance
        self.ids: dict[str, set[int]] = {f"s{number}": set() for number in range(shards)}
        self.rows = 0
        for _ in range(chance.randrange(200)):
            self.insert(chance.randrange(10_000))

    def insert(self, one: int) -> None:
        if one not in self.whole():
            self.ids[self.chance.choice(sorted(self.ids))].add(one)

    def delete(self, one: int) -> None:
        for held in self.ids.values():
            held.discard(one)

    def whole(self) -> set[int]:
        return set().union(*self.ids.values())

    def page(self, part: Any, before_id: int, limit: int, meanwhile: Callable[[], None] = lambda: None) -> Merged:
        query, got = Query(tuple(self.ids), before_id, limit), dict[str, Got]()
        while not isinstance(step := part.merge(query, got), Merged):
            for read in step:
                known = got.get(read.shard, Got())
                rows = sorted((one for one in self.ids[read.shard] if one < read.before_id), reverse=True)[: read.count]
                self.rows += len(rows)
                got[read.shard] = Got((*known.ids, *rows), len(rows) < read.count)
                meanwhile()
        return step


@pytest.mark.slow
def test_ten_thousand_pages_equal_those_of_one_database_while_ids_come_and_go() -> None:
    chance, shown, read, cases = Random(1), 0, 0, 0
    while cases < 10_000:
        database = Database(chance, chance.randint(1, 9))
        before_id, limit = NEWEST, chance.randint(1, 40)
        for _ in range(8):
            page = database.page(ShardPlan(), before_id, limit)
            want = sorted((one for one in database.whole() if one < before_id), reverse=True)[:limit]
            assert list(page.ids) == want
            cases, shown = cases + 1, shown + len(want)
            if page.next_before_id is None:
                break
            before_id = page.next_before_id
            database.insert(chance.randrange(10_000))
            database.delete(chance.choice([*sorted(database.whole()), 0]))
        read += database.rows

    assert read / shown < 1.6


def amid_changes(
    chance: Random, database: Database, before_id: int, limit: int
) -> tuple[Merged, set[int], set[int], int]:
    """A page, what was there all the while it was read, what was there at any time, and how often ids came and went."""
    always, ever, changes = database.whole(), database.whole(), 0

    def meanwhile() -> None:
        nonlocal changes
        if chance.random() < 0.4:
            changes += 1
            database.insert(chance.randrange(10_000))
            database.delete(chance.choice([*sorted(database.whole()), 0]))
            always.intersection_update(database.whole())
            ever.update(database.whole())

    return database.page(ShardPlan(), before_id, limit, meanwhile), always, ever, changes


@pytest.mark.slow
def test_ten_thousand_pages_hold_what_was_there_all_the_while_ids_came_and_went() -> None:
    """Ids come and go between any two reads of a page. What was there from its first read to its last is shown, each id
    once; what was not there for a moment is not."""
    chance, cases, changes = Random(3), 0, 0
    while cases < 10_000:
        database = Database(chance, chance.randint(1, 9))
        before_id, limit, shown = NEWEST, chance.randint(1, 40), set[int]()
        while before_id is not None and cases < 10_000:
            page, always, ever, changed = amid_changes(chance, database, before_id, limit)

            changes += changed
            cases += 1
            last = page.next_before_id if page.next_before_id is not None else -1
            assert list(page.ids) == sorted(set(page.ids), reverse=True)
            assert len(page.ids) <= limit
            assert shown.isdisjoint(page.ids)
            assert set(page.ids) <= ever
            assert {one for one in always if last <= one < before_id} <= set(page.ids)
            shown.update(page.ids)
            before_id = page.next_before_id

    assert changes > 5_000


def test_rows_of_alike_shards_are_read_nearly_once() -> None:
    chance = Random(2)
    database = Database(chance, 6)
    for one in range(20_000, 30_000):
        database.ids[f"s{chance.randrange(6)}"].add(one)

    pages = [database.page(ShardPlan(), NEWEST, 60) for _ in range(20)]

    assert database.rows / sum(len(page.ids) for page in pages) < 1.6


def test_a_reshard_of_nothing_comes_to_its_end() -> None:
    progress, command, said = Progress(), None, []
    progress, command = ShardPlan().advance(progress, None)
    while not isinstance(command, Finished):
        said.append(command)
        progress, command = ShardPlan().advance(progress, Done())

    assert [each.phase for each in said if isinstance(each, Announce)] == [Phase(number) for number in range(1, 7)]


def test_what_two_neighbours_write_the_other_reads() -> None:
    for one, other in pairwise(Phase):
        for here, there in ((one, other), (other, one)):
            assert ShardPlan().route(there, "a", "b").read in ShardPlan().route(here, "a", "b").writes


def test_a_comparison_after_a_difference_begins_anew() -> None:
    at = Progress(Phase.VERIFY, 400)

    copying, copy = ShardPlan().advance(at, Done(600, (401, 402)))
    again, compare = ShardPlan().advance(copying, Done(402))

    assert isinstance(copy, Copy)
    assert copy.keys == (401, 402)
    assert isinstance(compare, Compare)
    assert compare.after_key == -1
    assert again == Progress(Phase.VERIFY)


def test_the_null_part_reads_one_shard_and_moves_nothing() -> None:
    query = Query(("s0", "s1"), NEWEST, 5)

    page = OneByOne().merge(query, {"s0": Got((3, 2, 1), True)})

    assert page == Merged((3, 2, 1), 1)
    assert OneByOne().advance(Progress(), None)[1] == Finished()
    assert OneByOne().route(Phase.CUT_OVER, "a", "b").read == "a"
