"""Filtered pages: besides blocks and mutes, a reply shows only to those who follow both who wrote it and whom it answers.

Source: Twitter's rule for home timelines since 2009 ("Small Settings Update", Twitter blog, 12 May 2009).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.memory import grown
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.tweet_rows import REPLIES
from twitterlab.storage.batches import HomePages

Indexes = npt.NDArray[np.int64]
NOBODY, UNKNOWN = -2, 0


class FilteredBatches(ArrayBatches):
    """`Batches` with the filter for replies."""

    def __init__(self, state: ArrayState, timelines: ArrayTimelines) -> None:
        super().__init__(state, timelines)
        self._subjects = np.zeros(0, np.int32)

    def _hidden(self, pages: HomePages, users: Indexes, rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_] | None:
        hidden = super()._hidden(pages, users, rows)
        places = np.flatnonzero(pages.tweets["flags"] & REPLIES)
        if not len(places):
            return hidden
        lines, columns = np.divmod(places, pages.tweets.shape[1])
        answered = self._answered(rows.reshape(-1)[places])
        readers, authors = users[lines], pages.tweets["author"][lines, columns]
        asked = np.flatnonzero((answered != NOBODY) & (answered != readers) & (authors != readers))
        is_hidden = ~self._state.followed_by.has_many(readers[asked], answered[asked])
        if hidden is None:
            hidden = np.zeros(pages.tweets.shape, bool)
        hidden.reshape(-1)[places[asked[is_hidden]]] = True
        return hidden

    def _answered(self, places: npt.NDArray[Any]) -> Indexes:
        """Index of the author of the tweet that each of these rows replies to; NOBODY where it replies to none. It is
        looked up once a tweet."""
        if len(self._subjects) < self._rows.count:
            self._subjects = grown(self._subjects, len(self._rows.records))
        subjects = self._subjects[places]
        for place in np.flatnonzero(subjects == UNKNOWN).tolist():
            subjects[place] = self._subjects[places[place]] = self._subject(int(places[place]))
        found: Indexes = subjects.astype(np.int64) - 1
        return found

    def _subject(self, row: int) -> int:
        """One more than the index of the author whom a row answers; 0 is taken by `UNKNOWN`."""
        tweet = self._rows.ties.get(row)
        subject = self._rows.row(tweet.reply_to) if tweet is not None and tweet.reply_to is not None else 0
        return int(self._rows.records["author"][subject]) + 1 if subject else NOBODY + 1
