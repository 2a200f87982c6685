"""Pages of a reshard, judged: no tweet is invisible, doubled, invented, or back after it was deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twitterlab.stage.scenario import NS_PER_MS, Violation

INVISIBLE = "no tweet is invisible"
DOUBLED = "no tweet is doubled"
INVENTED = "nothing is invented"
BACK = "no deleted tweet comes back"
Row = Mapping[str, Any]


def judge_pages(rows: Iterable[Row], old_tweets: Mapping[int, Iterable[int]]) -> list[Violation]:
    """Every page against what was acknowledged and what was deleted before it was asked for.

    `rows` are those of a history, in order: `post` and `delete` of [author, tweet id], and `page` of a limit, or of
    [limit, authors], whose answer is [ids, shards that are missing]. `old_tweets` were there when it began, by author.
    """
    told = Told(old_tweets)
    asked: dict[Any, Row] = {}
    pages: dict[Any, _Page] = {}
    found: list[Violation] = []
    for row in rows:
        me = row["process"]
        if row["type"] == "invoke":
            asked[me] = row
            told.begins(row)
            if row["f"] == "page":
                pages[me] = told.page(row["value"])
        elif row["type"] == "ok":
            told.ends(asked[me])
            if row["f"] == "page":
                at = f"at {row['time'] / NS_PER_MS:.0f} ms"
                judged = told.judged(pages[me], row["value"][0])
                found += [Violation(promise, f"{at} a page {happened}") for promise, happened in judged]
    return found


def told_of(rows: Iterable[Row], old_tweets: Mapping[int, Iterable[int]]) -> Told:
    """What people had been told at the end of a history."""
    told, asked = Told(old_tweets), dict[Any, Row]()
    for row in rows:
        if row["type"] == "invoke":
            asked[row["process"]] = row
            told.begins(row)
        elif row["type"] == "ok":
            told.ends(asked[row["process"]])
    return told


@dataclass(frozen=True, slots=True)
class _Page:
    """What must be on a page, unless somebody deletes it meanwhile, and what must not."""

    limit: int
    due: frozenset[int]
    gone: int


@dataclass(slots=True)
class Told:
    """What people were told so far. `due` are acknowledged tweets by author; `deleted` those that somebody began to
    delete; `gone` those whose deletion was acknowledged, in that order."""

    old_tweets: Mapping[int, Iterable[int]]
    due: dict[int, set[int]] = field(init=False)
    known: set[int] = field(init=False)
    deleted: set[int] = field(default_factory=set)
    gone: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.due = {author: set(ids) for author, ids in self.old_tweets.items()}
        self.known = set().union(*self.due.values())

    def begins(self, row: Row) -> None:
        """From now on it may have happened."""
        if row["f"] == "post":
            self.known.add(row["value"][1])
        elif row["f"] == "delete":
            self.deleted.add(row["value"][1])

    def ends(self, row: Row) -> None:
        """It was acknowledged."""
        if row["f"] == "post":
            self.due.setdefault(row["value"][0], set()).add(row["value"][1])
        elif row["f"] == "delete":
            self.gone.setdefault(row["value"][1], len(self.gone))

    def page(self, asked: int | Sequence[Any]) -> _Page:
        """A page that begins now."""
        limit, authors = (asked, self.due) if isinstance(asked, int) else asked
        due = frozenset().union(*(self.due.get(author, ()) for author in authors))
        return _Page(limit, due - self.deleted, len(self.gone))

    def judged(self, page: _Page, shown: Sequence[int]) -> Iterator[tuple[str, str]]:
        """What is wrong with it: the promise, and how it was broken. A full page may leave out what is older than its
        last tweet."""
        on_page = set(shown)
        last = min(shown) if len(shown) >= page.limit else -1
        if missing := sorted(tweet for tweet in page.due - self.deleted - on_page if tweet > last):
            yield INVISIBLE, f"misses {len(missing)}: {missing[0]}"
        if len(on_page) < len(shown):
            yield DOUBLED, "shows one twice"
        if strange := on_page - self.known:
            yield INVENTED, f"shows {min(strange)}, which nobody posted"
        if back := [tweet for tweet in on_page if self.gone.get(tweet, page.gone) < page.gone]:
            yield BACK, f"shows {min(back)}, which had been deleted"
