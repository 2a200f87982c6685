"""Pages of a reshard, judged: no tweet is invisible, none is doubled, nothing is invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twitterlab.stage.scenario import NS_PER_MS, Violation


def judge_pages(rows: Sequence[Mapping[str, Any]], old_tweets: Iterable[int]) -> list[Violation]:
    """Every page against what was acknowledged and what was deleted before it was asked for.

    `rows` are those of a history, in order: `post` and `delete` of [author, tweet id], and `page`, whose answer is
    [ids, shards that are missing]. `old_tweets` were there when it began.
    """
    due = set(old_tweets)
    known, deleted = set(due), set[int]()
    due_at: dict[int, set[int]] = {}
    open_posts: dict[int, int] = {}
    found: list[Violation] = []
    for row in rows:
        me, is_begin = row["process"], row["type"] == "invoke"
        if row["f"] == "post":
            if is_begin:
                open_posts[me] = row["value"][1]
                known.add(row["value"][1])
            elif row["type"] == "ok":
                due.add(open_posts[me])
        elif row["f"] == "delete" and is_begin:
            deleted.add(row["value"][1])
        elif row["f"] == "page" and is_begin:
            due_at[me] = set(due)
        elif row["f"] == "page" and row["type"] == "ok":
            shown = row["value"][0]
            at = f"at {row['time'] / NS_PER_MS:.0f} ms"
            if missing := sorted(due_at[me] - deleted - set(shown)):
                found.append(Violation("no tweet is invisible", f"{at} a page misses {len(missing)}: {missing[0]}"))
            if len(set(shown)) < len(shown):
                found.append(Violation("no tweet is doubled", f"{at} a page shows one twice"))
            if strange := set(shown) - known:
                found.append(Violation("nothing is invented", f"{at} a page shows {min(strange)}, which nobody posted"))
    return found
