"""Links answer as a set of pairs does, whatever was loaded and whatever changed since."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP, Accounts
from twitterlab.storage.arrays.links import Links
from twitterlab.storage.arrays.transpose import from_pairs, transposed

PEOPLE = [FIRST_ID + ID_STEP * index for index in range(4)]
EVERYBODY = [7, *PEOPLE, 1 << 62]  # two who came after the population
who = st.sampled_from(EVERYBODY)
pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)


def links_of(loaded) -> tuple[Links, Accounts]:
    accounts = Accounts(4)
    accounts.reserve(7)
    accounts.reserve(1 << 62)
    return Links(accounts, *from_pairs(*np.array([*loaded, (0, 0)]).T.astype(np.int64), 4)), accounts


@given(
    pairs,
    st.lists(st.tuples(st.booleans(), who, who), max_size=12),
    st.sampled_from((-1, 7, *PEOPLE)),
    st.integers(0, 5),
)
@settings(deadline=None)
def test_every_change_and_page_is_that_of_a_set(loaded, changes, after_id, limit):
    links, accounts = links_of(loaded)
    model = {(PEOPLE[a], PEOPLE[b]) for a, b in loaded if a != b}

    for is_new, owner, other in changes:
        (links[owner].add if is_new else links[owner].discard)(other)
        (model.add if is_new else model.discard)((owner, other))

    for owner in EVERYBODY:
        mine = sorted(other for whose, other in model if whose == owner)
        assert links[owner].ids == mine
        assert len(links[owner]) == len(mine)
        assert [other for other in EVERYBODY if other in links[owner]] == [one for one in EVERYBODY if one in mine]
        assert links[owner].above(after_id, limit) == [other for other in mine if other > after_id][:limit]
    indexes = np.array([accounts.reserve(owner) for owner in EVERYBODY])
    others, counts = links.gather(indexes)
    assert counts.tolist() == links.degrees(indexes).tolist() == [len(links[owner]) for owner in EVERYBODY]
    assert accounts.ids(others).tolist() == [other for owner in EVERYBODY for other in links[owner].ids]


@given(pairs)
@settings(deadline=None)
def test_turned_around_twice_is_as_before(loaded):
    starts, others = from_pairs(*np.array([*loaded, (0, 0)]).T.astype(np.int64), 4)

    turned = transposed(starts, others, 4)
    again = transposed(*turned, 4)

    assert again[0].tolist() == starts.tolist()
    assert again[1].tolist() == others.tolist()
    assert {(a, int(b)) for a in range(4) for b in turned[1][turned[0][a] : turned[0][a + 1]]} == {
        (b, a) for a, b in loaded if a != b
    }


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30),
    st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6)), max_size=10),
)
@settings(deadline=None)
def test_pairs_asked_together_are_answered_as_one_by_one(loaded, changes):
    accounts = Accounts(7)
    pairs = np.array(loaded, np.int64).reshape(-1, 2)
    links = Links(accounts, *from_pairs(pairs[:, 0], pairs[:, 1], 7))
    for is_new, user, other in changes:
        (links.add if is_new else links.discard)(accounts.id(user), accounts.id(other))
    every = [(user, other) for user in range(7) for other in range(7)]

    asked = np.array(every)

    assert links.has_many(asked[:, 0], asked[:, 1]).tolist() == [
        links.has(accounts.id(user), accounts.id(other)) for user, other in every
    ]
