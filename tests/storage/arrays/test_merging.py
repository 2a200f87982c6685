"""Late rows put between many at once, against the port's own way, one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.storage.arrays import merging
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP, Accounts
from twitterlab.storage.arrays.merging import merge
from twitterlab.storage.arrays.rings import BUILT, FAST, FILLED, ROW
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.arrays.tweet_rows import TweetRows

USERS, ROWS, CAPACITY = 4, 40, 6
person = st.integers(0, USERS - 1)
row = st.integers(1, ROWS)


def timelines(kept, marks):
    accounts = Accounts(USERS)
    rows = TweetRows(ROWS + 1, USERS)
    for number in range(1, ROWS + 1):
        rows.reserve(FIRST_ID + ID_STEP * number)
    made = ArrayTimelines(accounts, rows, CAPACITY)
    for user, entries in kept.items():
        for number in sorted(entries):
            made.rings.append(np.array([user]), np.array([number | (FILLED if entries[number] else 0)], np.int32))
    for user, mark in enumerate(marks):
        made.rings.lines[user, 0] |= mark
    return made


@given(
    st.dictionaries(person, st.dictionaries(row, st.booleans(), max_size=12)),
    st.lists(st.sampled_from((0, BUILT, BUILT | FAST)), min_size=USERS, max_size=USERS),
    st.sets(st.tuples(person, row), min_size=1, max_size=30),
    st.integers(1, 3),
    st.sampled_from((0, 1, 3, 8)),
)
@settings(deadline=None)
def test_a_merge_leaves_what_single_inserts_leave(kept, marks, late, lines_at_once, few):
    one_by_one, merged = timelines(kept, marks), timelines(kept, marks)
    pairs = sorted(late)
    for user, number in pairs:
        one_by_one.insert(user, number)

    before = merging.LINES_AT_ONCE, merging.FEW
    merging.LINES_AT_ONCE, merging.FEW = lines_at_once, few
    try:
        merge(merged.rings, np.array([user for user, _ in pairs]), np.array([number for _, number in pairs]))
    finally:
        merging.LINES_AT_ONCE, merging.FEW = before

    for user in {user for user, _ in pairs}:
        room = CAPACITY + (not marks[user] & BUILT)
        assert merged.rings.entries(user)[-room:] == one_by_one.rings.entries(user)[-room:]
        assert merged.rings.marks(user) == marks[user]
        assert all(entry & ROW for entry in merged.rings.entries(user))
