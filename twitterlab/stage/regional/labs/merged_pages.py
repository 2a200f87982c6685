"""What one page from many shards costs: the rows that are read, against those that anybody would have to read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.bench.plots import Line, Plot
from twitterlab.model.figure import Figure
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.shards import Got, Merged, Query
from twitterlab.stage.regional.judging import figure
from twitterlab.world.chance import SeededChance

SHARDS = (1, 2, 4, 6, 8, 12, 16)
NEWEST, LIMIT, ROWS, PAGES = 1 << 62, 20, 400, 10
PEOPLE = 20
STEPS_MOST = 64
"""No part needs that many rounds for a page: one that goes on is wrong."""


@dataclass(slots=True)
class Counted:
    """Pages, and what was read for them."""

    shown: int = 0
    read: int = 0
    least: int = 0
    rounds: int = 0
    pages: int = 0
    wrong: int = 0


def page_of(part: Any, shards: Mapping[str, Sequence[int]], before_id: int, counted: Counted) -> Merged | None:
    """One page of `shards`, whose ids are sorted upwards. None where the part comes to no end."""
    query, got = Query(tuple(shards), before_id, LIMIT), dict[str, Got]()
    for _ in range(STEPS_MOST):
        step = part.merge(query, got)
        if isinstance(step, Merged):
            counted.pages += 1
            counted.shown += len(step.ids)
            counted.least += least_rows(shards, before_id, LIMIT)
            return step
        counted.rounds += 1
        for read in step:
            known, ids = got.get(read.shard, Got()), shards[read.shard]
            end = bisect_left(ids, read.before_id)
            rows = ids[max(0, end - read.count) : end][::-1]
            counted.read += len(rows)
            got[read.shard] = Got((*known.ids, *rows), len(rows) < read.count)
    return None


def least_rows(shards: Mapping[str, Sequence[int]], before_id: int, limit: int) -> int:
    """The fewest rows with which anybody can be certain of the page: its own, and of each shard whose next row might have
    been newer than the last of them, that row."""
    below = {name: ids[: bisect_left(ids, before_id)] for name, ids in shards.items()}
    page = sorted((one for ids in below.values() for one in ids), reverse=True)[:limit]
    if len(page) < limit:
        return len(page)
    return sum(_of_shard(ids, page[-1]) for ids in below.values())


def _of_shard(ids: Sequence[int], last: int) -> int:
    """Rows of one shard down to `last`; one more where it has one and has not shown `last` itself."""
    start = bisect_left(ids, last)
    is_its_own = start < len(ids) and ids[start] == last
    return len(ids) - start + (start > 0 and not is_its_own)


def counted_pages(part: Any, shards: int, seed: int) -> Counted:
    """People who follow others that live on any of the shards, some of whom say far more: `PAGES` pages each."""
    chance, counted = SeededChance(seed, f"pages of {shards}"), Counted()
    for _ in range(PEOPLE):
        held: dict[str, list[int]] = {f"s{number}": [] for number in range(shards)}
        homes = [chance.below(shards) for _ in range(50)]
        for tweet_id in range(ROWS):
            author = int(51.0 ** chance.random() - 1.0)  # Zipf: some say far more than others
            held[f"s{homes[author]}"].append(tweet_id)
        before_id = NEWEST
        for _ in range(PAGES):
            page = page_of(part, held, before_id, counted)
            want = [one for one in range(ROWS - 1, -1, -1) if one < before_id][:LIMIT]
            counted.wrong += page is None or list(page.ids) != want
            if page is None or page.next_before_id is None:
                break
            before_id = page.next_before_id
    return counted


def measured(blueprint: Blueprint, seed: int) -> tuple[list[Figure], Plot]:
    """By the number of shards: rows read a row shown, against the fewest, and a full page from each shard."""
    found = {shards: counted_pages(blueprint.shards(), shards, seed) for shards in SHARDS}
    at = tuple(map(float, SHARDS))
    lines = (
        Line("the part", at, tuple(_share(each.read, each.shown) for each in found.values())),
        Line("the fewest", at, tuple(_share(each.least, each.shown) for each in found.values())),
        Line("a page from each", at, at),
    )
    six = found[6]
    figures = [
        figure("page_rows_a_row", "rows", _share(six.read, six.shown), f"6 shards, {six.pages} pages of {LIMIT}"),
        figure("page_rows_over_fewest", "times", _share(six.read, six.least), "rows read, against the fewest possible"),
        figure("page_rounds", "rounds", _share(six.rounds, six.pages)),
        figure("pages_unlike_one_database", "pages", sum(each.wrong for each in found.values())),
    ]
    return figures, Plot("Rows read for each row shown", "shards", "rows", lines)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
