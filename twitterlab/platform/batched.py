"""Many at once: home pages as columns, and tweets a batch at a time, where the engine offers it.

A batch of tweets is one event: its queue carries batches. What is posted so is found on timelines and profiles, not by
search, and counts for no trend; tweets that mention, tag or link go the way of single ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
import numpy.typing as npt

from twitterlab.errors import Refused
from twitterlab.parts.given import Clock
from twitterlab.platform import text as rules
from twitterlab.platform.client import PAGE
from twitterlab.platform.cursors import NEWEST
from twitterlab.platform.ids import Ids
from twitterlab.platform.timelines import HomeTimelines
from twitterlab.platform.writing import Writer
from twitterlab.storage.batches import Batches, HomePages, NewTweets
from twitterlab.storage.stores import Stores

TELLING = frozenset("@#$＠＃.")
"""A text without these mentions nobody, has no tag and no link."""


class Batched:
    """`readers`: threads that gather pages; without them it happens on the loop."""

    def __init__(
        self, stores: Stores, ids: Ids, clock: Clock, timelines: HomeTimelines, writer: Writer, readers: Executor | None
    ) -> None:
        self._stores, self._ids, self._clock, self._timelines = stores, ids, clock, timelines
        self._writer, self._readers = writer, readers

    @property
    def _batches(self) -> Batches:
        if self._stores.batches is None:
            raise Refused(f"the engine {self._stores.engine} has no batches", "unavailable")
        return self._stores.batches

    async def home_pages(self, user_ids: npt.NDArray[np.int64], limit: int = PAGE) -> HomePages:
        """The newest page of many people. A timeline that is not built is built."""
        if not 1 <= limit <= PAGE:
            raise Refused(f"a page of columns holds 1 to {PAGE} tweets, not {limit}")
        if self._readers is None:
            pages, is_told = self._batches.pages(user_ids, limit)
        else:
            loop = asyncio.get_running_loop()
            pages, is_told = await loop.run_in_executor(self._readers, self._batches.pages, user_ids, limit)
        if not is_told.all():
            for line in self._rebuilt(pages, user_ids, np.flatnonzero(~is_told), limit):
                tweet_ids = await self._timelines.page(int(user_ids[line]), NEWEST, limit)
                self._batches.place(pages, line, tweet_ids, int(user_ids[line]))
        return pages

    def _rebuilt(
        self, pages: HomePages, user_ids: npt.NDArray[np.int64], lines: npt.NDArray[np.int64], limit: int
    ) -> list[int]:
        """Build what these lines lack, all at once; the lines that the engine has to leave to the single way."""
        self._batches.rebuild(user_ids[lines])
        again, is_told = self._batches.pages(user_ids[lines], limit)
        pages.tweets[lines] = again.tweets
        for mine, theirs in ((pages.long, again.long), (pages.shown, again.shown)):
            mine.update({(int(lines[line]), column): value for (line, column), value in theirs.items()})
        return [int(line) for line in lines[~is_told]]

    async def post_many(
        self, author_ids: Sequence[int], texts: Sequence[str], reply_to: Sequence[int] = ()
    ) -> list[int]:
        """The ids of the tweets, in order. All or none of those that are plain; `Refused` before anything happens.
        `reply_to`: for each the tweet it replies to, or 0; empty if none replies. Its author is not notified."""
        if any(reply_to):
            await self._writer.refuse_replies(author_ids, reply_to)
        plain = []
        ids: list[int] = [0] * len(texts)
        for place, text in enumerate(texts):
            rules.validate(text)
            if TELLING.isdisjoint(text):
                plain.append(place)
        for place in sorted(set(range(len(texts))) - set(plain)) if len(plain) < len(texts) else ():
            subject_id = (reply_to[place] or None) if reply_to else None
            ids[place] = (await self._writer.post(author_ids[place], texts[place], subject_id)).id
        for place in plain:
            ids[place] = await self._ids.next()
        if plain:
            self._batches.add(
                NewTweets(
                    [ids[place] for place in plain],
                    [author_ids[place] for place in plain],
                    [texts[place].encode() for place in plain],
                    self._clock.now_ms(),
                    [reply_to[place] for place in plain] if reply_to else (),
                )
            )
            await self._batches.kept()
        return ids

    def fan_out_large(self) -> int:
        """A slice of what large accounts posted; how many deliveries."""
        return self._stores.batches.fan_out_large() if self._stores.batches is not None else 0
