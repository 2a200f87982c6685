"""Mistakes that people make with shards."""

from twitterlab.course.mutants import mutant

SET = "ids = sorted({tweet_id for answer in got.values() for tweet_id in answer.ids}, reverse=True)"
OPEN = "if not (got[shard].is_end or got[shard].is_dead) and got[shard].ids[-1] > last"
ROUTE = "return Route(read, (new, old) if both else (read,))"
BOTH = "both = old != new and Phase.DUAL_WRITE <= phase <= Phase.CUT_OVER"
SHARE = "share = -(-query.limit // len(query.shards))"
DIFFERING = "        if done.differing:\n            return Progress(phase, differing=done.differing)\n"

MUTANTS = (
    mutant("an id on two shards is shown twice", 1,
           (SET, "ids = sorted((tweet_id for answer in got.values() for tweet_id in answer.ids), reverse=True)")),
    mutant("the oldest come first", 1, (SET, SET.replace(", reverse=True", ""))),
    mutant("what a first round brought is the page", 1, (OPEN, "if False")),
    mutant("a shard is asked for what lies two below its last", 1,
           ("return Read(shard, so_far.ids[-1], min(", "return Read(shard, so_far.ids[-1] - 1, min(")),
    mutant("the cursor begins below all that was read", 1,
           ("page[-1] if page and is_more else None", "ids[-1] if page and is_more else None")),
    mutant("the cursor shows its last id again", 1,
           ("page[-1] if page and is_more else None", "page[-1] + 1 if page and is_more else None")),
    mutant("a full page is taken for the last one", 1,
           ("page[-1] if page and is_more else None", "None")),
    mutant("every shard is asked for a whole page", 2, (SHARE, "share = query.limit")),
    mutant("one id at a time", 2, ("min(so_many, room, 1 + 2 * so_many * room // rank))", "1)")),
    mutant("shards that cannot matter any more are read on", 2,
           (OPEN, "if not (got[shard].is_end or got[shard].is_dead) and len(got[shard].ids) < query.limit"),
           ("min(so_many, room, 1 + 2 * so_many * room // rank))", "so_many)")),
    mutant("a dead shard is not named", 3,
           ("missing = tuple(shard for shard in query.shards if got[shard].is_dead)", "missing: tuple[str, ...] = ()")),
    mutant("a dead shard is an error", 3,
           (SET, f"if any(answer.is_dead for answer in got.values()):\n            raise LookupError\n        {SET}")),
    mutant("nobody writes twice", 4, (ROUTE, "return Route(read, (read,))")),
    mutant("the new owner is read while it is being filled", 4,
           ("read = new if phase >= Phase.CUT_OVER else old", "read = new if phase >= Phase.BACKFILL else old")),
    mutant("the new owner is read before all was compared", 4,
           ("read = new if phase >= Phase.CUT_OVER else old", "read = new if phase >= Phase.VERIFY else old")),
    mutant("after the cut over only the new owner is written", 4,
           (BOTH, BOTH.replace("<= Phase.CUT_OVER", "< Phase.CUT_OVER"))),
    mutant("both are written for ever", 4, (BOTH, "both = old != new and phase >= Phase.DUAL_WRITE")),
    mutant("the old owner is written first", 4, (ROUTE, ROUTE.replace("(new, old)", "(old, new)"))),
    mutant("a key that stays is written twice", 4, (BOTH, BOTH.replace("old != new and ", ""))),
    mutant("nothing is compared", 5, ("if phase is Phase.VERIFY:", "if False:")),
    mutant("a difference is overlooked", 5, (DIFFERING, "")),
    mutant("after a difference the comparison goes on where it was", 5,
           (DIFFERING, "        if done.differing:\n            return Progress(phase, done.last_key or -1, done.differing)\n"),
           ("        if progress.differing:\n            return Progress(phase)\n",
            "        if progress.differing:\n            return Progress(phase, progress.after_key)\n")),
    mutant("the first batch is all that is copied", 5,
           ("if progress.is_announced and done.last_key is not None:",
            "if progress.is_announced and phase is not Phase.BACKFILL and done.last_key is not None:")),
    mutant("a phase begins before all know of it", 5,
           ("return Progress(Phase(phase + 1), is_announced=False)",
            "return Progress(Phase(phase + 1), is_announced=phase + 1 is not Phase.AFTER)")),
    mutant("the old copies stay", 5, ("if phase is Phase.CLEAN_UP:", "if False:"),
           ("if not progress.is_announced and phase not in (Phase.DUAL_WRITE, Phase.CUT_OVER):",
            "if not progress.is_announced and phase not in (Phase.DUAL_WRITE, Phase.CUT_OVER, Phase.CLEAN_UP):")),
    mutant("after a crash the plan begins anew", 6,
           ("        if done is not None:\n            progress = self._after(progress, done)\n",
            "        if done is None:\n            progress = Progress()\n        else:\n            progress = self._after(progress, done)\n")),
    mutant("after a crash a step is taken for done", 6,
           ("        if done is not None:\n            progress = self._after(progress, done)\n",
            "        if done is not None or progress.phase is not Phase.BEFORE:\n            progress = self._after(progress, done or Done())\n")),
)  # fmt: skip
