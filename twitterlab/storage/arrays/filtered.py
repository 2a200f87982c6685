"""Filtered pages: besides blocks and mutes, a reply shows only to those who follow both who wrote it and whom it answers.

Source: Twitter's rule for home timelines since 2009 ("Small Settings Update", Twitter blog, 12 May 2009).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.tweet_rows import TIED
from twitterlab.storage.batches import HomePages

Indexes = npt.NDArray[np.int64]
NOBODY = -1


class FilteredBatches(ArrayBatches):
    """`Batches` with the filter for replies."""

    def _hide(self, pages: HomePages, user_ids: Indexes) -> None:
        super()._hide(pages, user_ids)
        lines, columns = np.nonzero(pages.tweets["flags"] & TIED)
        if not len(lines):
            return
        answered = self._answered(pages.tweets["id"][lines, columns])
        readers, authors = self._accounts.indexes(user_ids)[lines], pages.tweets["author"][lines, columns]
        is_foreign = (answered != NOBODY) & (answered != readers) & (authors != readers)
        asked = np.flatnonzero(is_foreign)
        is_hidden = ~self._state.followed_by.has_many(readers[asked], answered[asked])
        hidden = np.zeros(pages.tweets.shape, bool)
        hidden[lines[asked[is_hidden]], columns[asked[is_hidden]]] = True
        if is_hidden.any():
            self._empty(pages, hidden)

    def _answered(self, tweet_ids: Indexes) -> Indexes:
        """Index of the author of the tweet that each of these replies to; NOBODY where it replies to none, or to one
        that is gone."""
        ties, records = self._rows.ties, self._rows.records
        known: dict[int, int] = {}
        for tweet_id in np.unique(tweet_ids).tolist():
            tweet = ties.get(self._rows.row(tweet_id))
            subject = self._rows.row(tweet.reply_to) if tweet is not None and tweet.reply_to is not None else 0
            known[tweet_id] = int(records["author"][subject]) if subject else NOBODY
        return np.array([known[tweet_id] for tweet_id in tweet_ids.tolist()], np.int64)
