"""Slot `shards`: reading one page from many shards, and moving to more of them while people read and write.

A pure part: it says what to read and what to do next, its caller does it. Sources: the k-way merge (Knuth, volume 3,
5.4.1); states that are safe while any two machines are one step apart from "Online, Asynchronous Schema Change in F1"
(VLDB 2013); dual write, backfill, verify, switch from "Online migrations at scale" (Stripe, 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

# Reading a page.


@dataclass(frozen=True, slots=True)
class Query:
    """A page of ids, newest (greatest) first: the greatest `limit` below `before_id` that the shards hold together."""

    shards: tuple[str, ...]
    before_id: int
    limit: int


@dataclass(frozen=True, slots=True)
class Got:
    """What one shard has answered so far: its greatest ids below the query's `before_id`, greatest first, without a
    gap. `is_end`: it holds nothing below the last of them. `is_dead`: it did not answer, and will not."""

    ids: tuple[int, ...] = ()
    is_end: bool = False
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Ask `shard` for its greatest `count` ids below `before_id`."""

    shard: str
    before_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The page. `next_before_id` is where the next one begins, None where it is known that nothing older exists. `missing` are the
    dead shards, in the query's order: the page is partial, and says so."""

    ids: tuple[int, ...]
    next_before_id: int | None
    missing: tuple[str, ...] = ()


# Moving keys to a new owner.


class Phase(IntEnum):
    """Where a reshard stands. Machines learn of a phase at different times, but never differ by more than one."""

    BEFORE = 0
    DUAL_WRITE = 1  # writes go to both owners
    BACKFILL = 2  # what was there before is copied
    VERIFY = 3  # both are compared
    CUT_OVER = 4  # reads go to the new owner
    CLEAN_UP = 5  # writes too; what the old owner still holds is dropped
    AFTER = 6


@dataclass(frozen=True, slots=True)
class Route:
    """Where one key is read, and where it is written: in this order, one after the other, and acknowledged when all of
    `writes` have it."""

    read: str
    writes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """All that the coordinator remembers, kept on disk before it acts. `after_key` is the last key that is done in
    this phase (-1: none), `differing` are keys that were found to differ and are to be copied again."""

    phase: Phase = Phase.BEFORE
    after_key: int = -1
    differing: tuple[int, ...] = ()
    is_announced: bool = True


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell every machine of `phase`, and wait until all have it."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy the next `limit` moving keys above `after_key` to their new owner, or exactly `keys` where there are any.
    A copy never replaces what a dual write has put there, nor brings back what it has deleted."""

    after_key: int
    limit: int
    keys: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare the next `limit` moving keys above `after_key` at both owners."""

    after_key: int
    limit: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Drop the next `limit` moved keys above `after_key` at the old owner."""

    after_key: int
    limit: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to do."""


Command = Announce | Copy | Compare | Drop | Finished


@dataclass(frozen=True, slots=True)
class Done:
    """The command was carried out. `last_key` is the last key it reached, None where none was left above
    `after_key`; `differing` is what a Compare found."""

    last_key: int | None = None
    differing: tuple[int, ...] = ()


BATCH = 200
"""Keys of one Copy, Compare or Drop."""


class Shards(Protocol):
    """Reads across shards and plans the way to more of them, constructed as `ShardPlan()`. It remembers nothing.

    Laws:
      1. The merged page equals the page of a single database: the greatest `limit` ids, each once, and a cursor that
         neither skips nor repeats while ids arrive and vanish between pages.
      2. It reads no more than it must: with `n` shards, at most `4 * limit + n` ids a page, however they lie, and
         `2 + ceil(log2(n + 1))` rounds of reads; no shard twice in one round, none that has ended or is dead.
      3. A dead shard gives a partial page that names it, not an error; all dead: an empty page that names all.
         The next page of a partial one goes on below what was shown.
      4. While any two machines are at most one phase apart, what one has acknowledged another reads: no tweet is
         invisible at any step. A write goes to the new owner first: one that fails half-way was never shown and
         then hidden. Before the end of VERIFY nobody reads the new owner, and nothing is dropped while
         anybody may read or write the old one.
      5. The phases come in order; each is announced and known to all before anything is done in it. A difference
         that VERIFY finds is copied again, and all is compared anew; only a comparison without any leads on.
      6. A coordinator that died goes on: `advance(progress, None)` gives the command it was about, and doing a
         command twice does no harm. After finitely many answers it is `Finished`, and stays so.
    """

    def merge(self, query: Query, got: Mapping[str, Got]) -> Merged | tuple[Read, ...]:
        """The page, or what to read next (all at once), from what the shards have answered so far."""
        ...

    def route(self, phase: Phase, old: str, new: str) -> Route:
        """Where a key of owner `old` that moves to `new` is read and written by a machine that is in `phase`."""
        ...

    def advance(self, progress: Progress, done: Done | None) -> tuple[Progress, Command]:
        """What to remember and then to do, `done` being the outcome of the last command; None: it is not known."""
        ...


class OneByOne:
    """Null part: reads the first shard only, and moves nothing."""

    def merge(self, query: Query, got: Mapping[str, Got]) -> Merged | tuple[Read, ...]:
        first = query.shards[0]
        if first not in got:
            return (Read(first, query.before_id, query.limit),)
        ids = got[first].ids[: query.limit]
        return Merged(ids, ids[-1] if ids else None)

    def route(self, phase: Phase, old: str, new: str) -> Route:
        return Route(old, (old,))

    def advance(self, progress: Progress, done: Done | None) -> tuple[Progress, Command]:
        return progress, Finished()
