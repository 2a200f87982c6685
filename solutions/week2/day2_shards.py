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
        # BEGIN SOLUTION: a little from each; it is certain once no shard can hold a newer id than its last
        share = -(-query.limit // len(query.shards))
        first = tuple(Read(shard, query.before_id, share) for shard in query.shards if shard not in got)
        if first:
            return first
        ids = sorted({tweet_id for answer in got.values() for tweet_id in answer.ids}, reverse=True)
        last = ids[query.limit - 1] if len(ids) >= query.limit else -1
        reads = tuple(
            self._more(shard, got[shard], rank, query.limit - rank)
            for shard in query.shards
            if not (got[shard].is_end or got[shard].is_dead) and got[shard].ids[-1] > last
            for rank in (ids.index(got[shard].ids[-1]) + 1,)
        )
        if reads:
            return reads
        is_more = len(ids) > query.limit or any(not (got[shard].is_end or got[shard].is_dead) for shard in query.shards)
        page = tuple(ids[: query.limit])
        missing = tuple(shard for shard in query.shards if got[shard].is_dead)
        return Merged(page, page[-1] if page and is_more else None, missing)
        # END SOLUTION

    # BEGIN SOLUTION
    @staticmethod
    def _more(shard: str, so_far: Got, rank: int, room: int) -> Read:
        """Twice what it may still hold if it goes on as so far, at most as much again. Its last id is the `rank`-th of
        all, and the page has `room` for so many below it."""
        so_many = len(so_far.ids)
        return Read(shard, so_far.ids[-1], min(so_many, room, 1 + 2 * so_many * room // rank))

    # END SOLUTION

    def route(self, phase: Phase, old: str, new: str) -> Route:
        """Where a key of owner `old` that moves to `new` is read and written by a machine that is in `phase`."""
        # BEGIN SOLUTION: nobody writes to one owner only while a machine one phase away reads the other
        read = new if phase >= Phase.CUT_OVER else old
        both = old != new and Phase.DUAL_WRITE <= phase <= Phase.CUT_OVER
        return Route(read, (new, old) if both else (read,))
        # END SOLUTION

    def advance(self, progress: Progress, done: Done | None) -> tuple[Progress, Command]:
        """What to remember and then to do, `done` being the outcome of the last command; None: it is not known."""
        # BEGIN SOLUTION: announce a phase before acting in it; a difference starts the comparison anew
        if done is not None:
            progress = self._after(progress, done)
        phase, after_key = progress.phase, progress.after_key
        if phase is Phase.BEFORE:
            progress = Progress(Phase.DUAL_WRITE, is_announced=False)
            return progress, Announce(Phase.DUAL_WRITE)
        if not progress.is_announced:
            return progress, Announce(phase)
        if progress.differing:
            return progress, Copy(-1, len(progress.differing), progress.differing)
        if phase is Phase.BACKFILL:
            return progress, Copy(after_key, BATCH)
        if phase is Phase.VERIFY:
            return progress, Compare(after_key, BATCH)
        if phase is Phase.CLEAN_UP:
            return progress, Drop(after_key, BATCH)
        return progress, Finished()
        # END SOLUTION

    # BEGIN SOLUTION
    @staticmethod
    def _after(progress: Progress, done: Done) -> Progress:
        """What is known once the command of `progress` was carried out."""
        phase = progress.phase
        if (phase is Phase.AFTER and progress.is_announced) or phase is Phase.BEFORE:
            return progress
        if not progress.is_announced and phase not in (Phase.DUAL_WRITE, Phase.CUT_OVER):
            return Progress(phase)
        if progress.differing:
            return Progress(phase)
        if done.differing:
            return Progress(phase, differing=done.differing)
        if progress.is_announced and done.last_key is not None:
            return Progress(phase, done.last_key)
        return Progress(Phase(phase + 1), is_announced=False)

    # END SOLUTION
