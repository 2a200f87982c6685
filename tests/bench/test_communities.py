"""Communities: who is in which, and that followers come from there without coming twice."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.bench.communities import LARGEST_PART, Communities
from twitterlab.bench.whole_population import whole_population


@given(st.integers(1, 300_000))
@settings(max_examples=60, deadline=None)
def test_everybody_is_in_one_community(users):
    people = np.arange(users)

    begins, sizes = Communities(users).of(people)

    assert ((begins <= people) & (people < begins + sizes)).all()
    starts = np.unique(begins)
    assert starts[0] == 0
    assert (np.diff(np.append(starts, users)) == sizes[starts]).all()


@given(st.integers(2, 60_000), st.integers(0, 2_000), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_nobody_follows_a_neighbour_twice_and_nobody_has_all_of_them(users, wanted, seed):
    communities, people = Communities(users), np.arange(max(users - 300, 0), users)
    begins, sizes = communities.of(people)

    counts, found = communities.followers(people, np.full(len(people), wanted), np.random.default_rng(seed))

    assert (counts <= np.minimum(sizes // LARGEST_PART, wanted)).all()
    for place, followers in enumerate(np.split(found, np.cumsum(counts)[:-1])):
        assert ((followers >= begins[place]) & (followers < begins[place] + sizes[place])).all()
        if (
            sizes[place] & (sizes[place] - 1) == 0
        ):  # whole ones; one that is cut short may repeat, and repeats are dropped
            assert len(np.unique(followers)) == len(followers)


def test_people_follow_their_own_community_far_more_than_chance_would_have_it():
    population = whole_population(50_000, 1)
    begins, sizes = Communities(50_000).of(np.arange(50_000))
    followees = np.repeat(np.arange(50_000), np.diff(population.starts))

    inside = (begins[followees] == begins[population.others]).mean()

    assert inside > 0.25
    assert (sizes / 50_000).max() < 0.1
