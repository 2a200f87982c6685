"""Day 2.2: one page from many shards, and the way to more of them."""

from __future__ import annotations

from collections.abc import Mapping

from twitterlab.parts.shards import (
    BATCH,
    Announce,
    Command,
    Compare,
    Copy,
    Done,
    Drop,
    Finished,
    Got,
    Merged,
    Phase,
    Progress,
    Query,
    Read,
    Route,
    Shards,
)


class ShardPlan(Shards):
    """Merges pages and leads a reshard; all that it knows is handed in. Laws: `twitterlab.parts.shards.Shards`."""

    def merge(self, query: Query, got: Mapping[str, Got]) -> Merged | tuple[Read, ...]:
        """The page, or what to read next (all at once), from what the shards have answered so far."""
        # TODO(you): a little from each; it is certain once no shard can hold a newer id than its last
        raise NotImplementedError("a little from each; it is certain once no shard can hold a newer id than its last")

    def route(self, phase: Phase, old: str, new: str) -> Route:
        """Where a key of owner `old` that moves to `new` is read and written by a machine that is in `phase`."""
        # TODO(you): nobody writes to one owner only while a machine one phase away reads the other
        raise NotImplementedError("nobody writes to one owner only while a machine one phase away reads the other")

    def advance(self, progress: Progress, done: Done | None) -> tuple[Progress, Command]:
        """What to remember and then to do, `done` being the outcome of the last command; None: it is not known."""
        # TODO(you): announce a phase before acting in it; a difference starts the comparison anew
        raise NotImplementedError("announce a phase before acting in it; a difference starts the comparison anew")
