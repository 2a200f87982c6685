"""Tweet rows: every tweet as one record of three cache lines, found by its row, its id, or its author's newest.

A record holds the author's handle and the counters, so that a page is hydrated by one gather. Row 0 is no tweet. A row
may be reserved for an id before there is a tweet (a timeline may hold it); a tweet that is deleted leaves its row empty.
Texts of up to 128 bytes lie in the record, longer ones beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.model.tweet import Tweet
from twitterlab.storage.arrays.long_texts import LongTexts
from twitterlab.storage.arrays.memory import grown, zeros

TEXT_BYTES = 128
RECORD = np.dtype(
    [
        ("id", "i8"), ("created_ms", "i8"), ("author_id", "i8"), ("handle", "S16"),
        ("likes", "i4"), ("retweets", "i4"), ("replies", "i4"), ("author", "i4"),
        ("length", "u2"), ("flags", "u2"), ("previous", "i4"), ("text", f"V{TEXT_BYTES}"),
    ]
)  # fmt: skip
"""`author` is an index; `previous` the row of the author's tweet before; `length` counts bytes of UTF-8."""
assert RECORD.itemsize == 192
WORDS = RECORD.itemsize // 8

LIVE, LONG, TIED, REPLIES = 1, 2, 4, 8
"""Flags: there is a tweet; its text lies beside; it retweets, so that another shows in its place; it replies."""

Records = npt.NDArray[Any]


class TweetRows:
    """`count` rows are taken, row 0 included. `is_ordered`: ids ascend with the rows."""

    def __init__(self, room: int = 1_024, users: int = 0) -> None:
        self.records: Records = zeros((room,), RECORD)
        self.keys: npt.NDArray[np.int64] = zeros((room,), np.int64)  # ascending; a stray repeats the key before it
        self.newest: npt.NDArray[np.int32] = zeros((max(users, 1),), np.int32)
        self.count = 1
        self.keys[0] = -1
        self.strays: dict[int, int] = {}
        self.long = LongTexts(room)
        self.ties: dict[int, Tweet] = {}

    @property
    def is_ordered(self) -> bool:
        return not self.strays

    def row(self, tweet_id: int) -> int:
        """The row of an id; 0 where it has none."""
        if tweet_id in self.strays:
            return self.strays[tweet_id]
        place = int(np.searchsorted(self.keys[: self.count], tweet_id))
        return place if 0 < place < self.count and self.keys[place] == tweet_id else 0

    def reserve(self, tweet_id: int) -> int:
        """The row of an id; a new one where it has none."""
        known = self.row(tweet_id)
        if known:
            return known
        row = self._take(1)
        last = int(self.keys[row - 1])
        self.keys[row] = max(last, tweet_id)
        if tweet_id <= last:
            self.strays[tweet_id] = row
        self.records["id"][row] = tweet_id
        return row

    def put(self, tweet: Tweet, author: int, handle: str) -> int:
        """Write one tweet; its row."""
        row = self.reserve(tweet.id)
        text = tweet.text.encode("utf-8", "surrogatepass")
        is_tied = (tweet.reply_to, tweet.retweet_of, tweet.quote_of) != (None, None, None) or bool(tweet.media)
        flags = LIVE | LONG * (len(text) > TEXT_BYTES) | TIED * (tweet.retweet_of is not None)
        flags |= REPLIES * (tweet.reply_to is not None)
        if flags & LONG:
            self.long[row] = tweet.text
        if is_tied:
            self.ties[row] = tweet
        self.records[row] = (
            tweet.id, tweet.created_ms, tweet.author_id, handle.encode(), 0, 0, 0, author, len(text), flags,
            self._chain(author, row), text[:TEXT_BYTES].ljust(TEXT_BYTES, b"\0"),
        )  # fmt: skip
        return row

    def put_many(self, records: Records) -> int:
        """Write records whose ids ascend and are newer than all there are; `previous` is set here. The first row."""
        row = self._take(len(records))
        ids = records["id"]
        assert int(self.keys[row - 1]) < int(ids[0]), "batches come in the order of their ids"
        self.keys[row : row + len(records)] = ids
        authors = records["author"]
        self._room_for(int(authors.max()))
        order = np.argsort(authors, kind="stable")
        sorted_authors = authors[order]
        is_first = np.empty(len(order), bool)
        is_first[:1] = True
        np.not_equal(sorted_authors[1:], sorted_authors[:-1], out=is_first[1:])
        before = np.empty(len(order), np.int32)
        before[1:] = order[:-1] + row
        before[is_first] = self.newest[sorted_authors[is_first]]
        records["previous"][order] = before
        self.records[row : row + len(records)] = records
        self.newest[sorted_authors] = order + row  # of equal authors the last one stands
        return row

    def remove(self, row: int) -> None:
        """The tweet is gone; its row and its place among the author's stay, empty."""
        kept = self.records[row]
        tweet_id, author, previous = int(kept["id"]), int(kept["author"]), int(kept["previous"])
        self.records[row] = (tweet_id, 0, 0, b"", 0, 0, 0, author, 0, 0, previous, bytes(TEXT_BYTES))
        self.long.pop(row, None)
        self.ties.pop(row, None)

    def is_live(self, row: int) -> bool:
        return bool(self.records["flags"][row] & LIVE)

    def tweet(self, row: int) -> Tweet:
        """The tweet of a live row."""
        if row in self.ties:
            return self.ties[row]
        record = self.records[row]
        return Tweet(int(record["id"]), int(record["author_id"]), self.text(row), int(record["created_ms"]))

    def many(self, tweet_ids: Sequence[int]) -> list[Tweet]:
        """Those of the tweets that live, in the order asked."""
        ids, known = np.array(tweet_ids, np.int64), self.keys[: self.count]
        rows = known.searchsorted(ids)
        rows[(rows == len(known)) | (known.take(rows, mode="clip") != ids)] = 0
        for place in (
            [place for place, tweet_id in enumerate(tweet_ids) if tweet_id in self.strays] if self.strays else ()
        ):
            rows[place] = self.strays[tweet_ids[place]]
        found = []
        for row, (tweet_id, created_ms, author_id, *_, length, flags, _, text) in zip(
            rows.tolist(), self.records[rows].tolist(), strict=True
        ):
            if flags == LIVE and row not in self.ties:
                found.append(Tweet(tweet_id, author_id, text[:length].decode("utf-8", "surrogatepass"), created_ms))
            elif flags & LIVE:
                found.append(self.tweet(row))
        return found

    def text(self, row: int) -> str:
        if row in self.long:
            return self.long[row]
        record: Any = self.records[row]
        text: bytes = record["text"].tobytes()
        return text[: int(record["length"])].decode("utf-8", "surrogatepass")

    def of_author(self, author: int) -> Iterator[int]:
        """Rows of an author's live tweets, in the order they came, newest first."""
        row = int(self.newest[author]) if author < len(self.newest) else 0
        while row:
            if self.is_live(row):
                yield row
            row = int(self.records["previous"][row])

    def ids(self, rows: Sequence[int]) -> list[int]:
        return self.records["id"][list(rows)].tolist() if rows else []

    def _chain(self, author: int, row: int) -> int:
        """The row before it among the author's. A row that is written again after a delete is in the chain already."""
        self._room_for(author)
        if self._is_in_chain(author, row):
            return int(self.records["previous"][row])
        before = int(self.newest[author])
        self.newest[author] = row
        return before

    def _is_in_chain(self, author: int, row: int) -> bool:
        at = int(self.newest[author])
        if row == self.count - 1 and at != row:
            return False
        while at and at != row:
            at = int(self.records["previous"][at])
        return at == row

    def _room_for(self, author: int) -> None:
        if author >= len(self.newest):
            self.newest = grown(self.newest, max(author + 1, 2 * len(self.newest)))

    def _take(self, rows: int) -> int:
        """The first of so many new rows."""
        first, self.count = self.count, self.count + rows
        if self.count > len(self.records):
            room = max(self.count, 2 * len(self.records))
            self.records, self.keys = grown(self.records, room), grown(self.keys, room)
        return first
