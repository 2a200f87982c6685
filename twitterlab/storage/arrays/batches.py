"""Batches over arrays: a page is one gather of timelines and one of tweets; a fan-out is one sort and one scatter."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.errors import Refused
from twitterlab.model.tweet import Tweet
from twitterlab.parts.queue import Event
from twitterlab.storage.arrays.gathering import gathering_for
from twitterlab.storage.arrays.merging import merge
from twitterlab.storage.arrays.rebuilding import rebuild
from twitterlab.storage.arrays.records import packed
from twitterlab.storage.arrays.rings import BUILT
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.tweet_rows import RECORD, REPLIES, TIED, WORDS
from twitterlab.storage.batches import HomePages, NewTweets

Indexes = npt.NDArray[np.int64]

LARGE = 5_000
"""Followers from which an account's tweets wait behind everybody else's. A slice is as many deliveries."""
SLICE = 10_000


class ArrayBatches:
    """`Batches` of the engine `arrays`."""

    def __init__(self, state: ArrayState, timelines: ArrayTimelines) -> None:
        self._state, self._timelines = state, timelines
        self._accounts, self._rows = state.accounts, state.rows
        self.gathering = gathering_for(state.accounts.population)
        self.waiting: dict[int, tuple[int, int]] = {}  # first id -> (first row, tweets)
        self.large: deque[tuple[int, Indexes]] = deque()  # (row, followers still to reach)

    def pages(self, user_ids: Indexes, limit: int) -> tuple[HomePages, npt.NDArray[np.bool_]]:
        users = self._accounts.indexes(user_ids)
        room = len(self._timelines.rings.lines)
        is_known = (users >= 0) & (users < room)
        if not is_known.all():
            users = np.where(is_known, users, 0)
        rows, is_told = self._newest(users, limit)
        is_told &= is_known
        rows[~is_told] = 0
        pages = self._hydrated(rows)
        self._hide(pages, users, rows)
        return pages, is_told

    def rebuild(self, user_ids: Indexes) -> None:
        """Timelines that were never built, or forgotten, from the tweets of whom these people follow."""
        users = np.unique(self._accounts.indexes(user_ids))
        users = users[users >= 0]
        self._timelines.rings.make_room(self._accounts.users)
        users = users[self._timelines.rings.lines[users, 0] & BUILT == 0]
        if len(users) and self._rows.is_ordered:
            rebuild(self._timelines, self._state.followed_by, users)

    def _newest(self, users: Indexes, limit: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """The newest rows of each, newest first, and whether they are the page."""
        return self.gathering.newest(self._timelines.rings, users, limit)

    def place(self, pages: HomePages, line: int, tweet_ids: Sequence[int], user_id: int) -> None:
        rows = np.zeros((1, pages.tweets.shape[1]), np.int64)
        rows[0, : len(tweet_ids)] = [self._rows.row(tweet_id) for tweet_id in tweet_ids]
        found = self._hydrated(rows)
        self._hide(found, self._accounts.indexes(np.array([user_id])), rows)
        pages.tweets[line] = found.tweets[0]
        for mine, theirs in ((pages.long, found.long), (pages.shown, found.shown)):
            mine.update({(line, column): value for (_, column), value in theirs.items()})

    def add(self, tweets: NewTweets) -> None:
        author_ids = np.array(tweets.author_ids, np.int64)
        authors = self._accounts.indexes(author_ids)
        for place in np.nonzero(authors < 0)[0][:1]:
            raise Refused(f"no user {tweets.author_ids[place]}", kind="missing")
        records, long = packed(tweets, author_ids, authors, self._accounts.handles(authors))
        first = self._rows.put_many(records)
        self._rows.long.update({first + place: text for place, text in long.items()})
        for place, subject_id in enumerate(tweets.reply_to):
            if subject_id:
                self._reply(tweets, place, first + place)
        self._deliver(authors, first + np.arange(len(authors)))
        self.waiting[tweets.ids[0]] = first, len(authors)
        self._state.commit(Event(tweets.ids[0], "posted_many", tweets.author_ids[0], tweets.ids[0]))

    def _reply(self, tweets: NewTweets, place: int, row: int) -> None:
        """A row that is there already replies to another tweet."""
        id_, author_id, subject_id = tweets.ids[place], tweets.author_ids[place], tweets.reply_to[place]
        self._rows.records["flags"][row] |= REPLIES
        self._rows.ties[row] = Tweet(id_, author_id, tweets.texts[place].decode(), tweets.created_ms, subject_id)
        self._state.replies[subject_id].add(id_)
        self._state.counted(subject_id, "replies", 1)

    async def kept(self) -> None:
        """Nothing to wait for: this engine keeps what it is told as long as the process lives."""

    def fan_out(self, first_id: int) -> int:
        first, count = self.waiting.pop(first_id, (0, 0))
        if not count:
            return 0
        rows = first + np.arange(count)
        rows = rows[self._rows.records["flags"][rows] != 0]  # deleted meanwhile
        authors = self._rows.records["author"][rows]
        degrees = self._state.followers_of.degrees(authors)
        for place in np.nonzero(degrees > LARGE)[0]:
            self._put_aside(int(authors[place]), int(rows[place]))
        is_small = degrees <= LARGE
        followers, counts = self._state.followers_of.gather(authors[is_small])
        return self._deliver(followers, np.repeat(rows[is_small], counts))

    def _put_aside(self, author: int, row: int) -> None:
        """A tweet of a large account waits behind everybody else's."""
        self.large.append((row, self._state.followers_of.of(author)))

    def fan_out_large(self) -> int:
        if not self.large:
            return 0
        row, followers = self.large.popleft()
        if len(followers) > SLICE:
            self.large.appendleft((row, followers[SLICE:]))
        return self._deliver(followers[:SLICE], np.full(min(len(followers), SLICE), row))

    def _deliver(self, users: Indexes, rows: Indexes) -> int:
        """Pairs in any order. Who has a newer tweet already gets theirs put in between."""
        if not len(users):
            return 0
        rings = self._timelines.rings
        rings.make_room(self._accounts.users)
        keys = users.astype(np.int64) << 32 | rows
        keys.sort()
        users, rows = keys >> 32, keys & 0xFFFFFFFF
        is_first = np.empty(len(users), bool)
        is_first[0] = True
        np.not_equal(users[1:], users[:-1], out=is_first[1:])
        starts = np.nonzero(is_first)[0]
        whose = users[starts]
        is_late = self._is_older(rows[starts], rings.newest(whose))
        if is_late.any():
            runs = np.concatenate((starts[1:], [len(users)])) - starts
            late = np.repeat(is_late, runs)
            self._put_between(users[late], rows[late])
            users, rows = users[~late], rows[~late]
        rings.append(users, rows.astype(np.int32))
        return len(keys)

    def _put_between(self, users: Indexes, rows: Indexes) -> None:
        if self._rows.is_ordered:
            merge(self._timelines.rings, users, rows)
            return
        for user, row in zip(users.tolist(), rows.tolist(), strict=True):
            self._timelines.insert(user, row)

    def _is_older(self, rows: Indexes, newest: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        if self._rows.is_ordered:
            return np.asarray(newest >= rows)
        ids = self._rows.records["id"]
        return np.asarray((newest != 0) & (ids[newest] >= ids[rows]))

    def _hydrated(self, rows: npt.NDArray[Any]) -> HomePages:
        flat = rows.reshape(-1)
        words, marked = self.gathering.copies(self._rows.records, flat)
        tweets = words.view(RECORD).reshape(rows.shape)
        texts = self._rows.long.many(flat[marked])
        long = {place: text for place, text in zip(_places(marked, rows), texts, strict=True) if text is not None}
        tied = marked[tweets["flags"].reshape(-1)[marked] & TIED != 0]
        shown = {
            place: self._rows.records[self._rows.row(tweet.retweet_of)].copy()
            for place, tweet in zip(_places(tied, rows), map(self._rows.ties.get, flat[tied].tolist()), strict=True)
            if tweet is not None and tweet.retweet_of is not None
        }
        return HomePages(tweets, long, shown)

    def _hide(self, pages: HomePages, users: Indexes, rows: npt.NDArray[Any]) -> None:
        """Leave nothing but the ids of what readers may not see."""
        hidden = self._hidden(pages, users, rows)
        if hidden is None:
            return
        words = pages.tweets.view(np.uint64).reshape(*pages.tweets.shape, WORDS)
        lines, columns = np.nonzero(hidden)
        words[lines, columns, 1:] = 0  # the first is the id
        for beside in (pages.long, pages.shown):
            for place in [place for place in beside if hidden[place]]:
                del beside[place]

    def _hidden(self, pages: HomePages, users: Indexes, rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_] | None:
        """Tweets of those whom readers block or mute, or who block them."""
        return self._state.hidden.mask(users, pages.tweets["author"])


def _places(flat: Indexes, pages: npt.NDArray[Any]) -> Iterator[tuple[int, int]]:
    """(line, column) of each."""
    lines, columns = np.divmod(flat, pages.shape[1])
    return zip(lines.tolist(), columns.tolist(), strict=True)
