"""Timelines made from a history are those that a fan-out would have made."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.storage.arrays.history import fan_in
from twitterlab.storage.arrays.rings import BUILT, COUNT, FAST, ROW
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.transpose import from_pairs, transposed
from twitterlab.storage.arrays.tweet_rows import LIVE, RECORD

USERS = 5
people = st.integers(0, USERS - 1)


@given(st.lists(st.tuples(people, people), max_size=12), st.lists(people, min_size=1, max_size=30))
@settings(deadline=None)
def test_everybody_has_the_newest_of_whom_they_follow_and_of_themselves(pairs, authors):
    followers = from_pairs(*np.array([*pairs, (0, 0)]).T.astype(np.int64), USERS)
    state = ArrayState(USERS, followers, transposed(*followers, USERS))
    timelines = ArrayTimelines(state.accounts, state.rows, 4)
    records = np.zeros(len(authors), RECORD)
    records["id"], records["author"], records["flags"] = np.arange(1, len(authors) + 1), authors, LIVE
    state.rows.put_many(records)

    fan_in(state, timelines)

    for reader in range(USERS):
        seen = {reader, *(owner for owner, follower in pairs if follower == reader)}
        due = [row for row, author in enumerate(authors, 1) if author in seen][-5:]
        assert [entry & ROW for entry in timelines.rings.entries(reader)] == due
        assert timelines.rings.lines[reader, 0] & COUNT == len(due)
        assert timelines.rings.marks(reader) == BUILT | FAST
