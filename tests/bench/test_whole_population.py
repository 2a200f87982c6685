"""The population of the whole-Twitter load: its mean, its tail, and the same people for the same seed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.bench.population import Graph, read_graph
from twitterlab.bench.whole_population import EXPONENT, population_of, whole_population
from twitterlab.errors import BadInput


def test_a_seed_gives_the_same_people_and_another_seed_others():
    first, again, other = whole_population(3_000, 1), whole_population(3_000, 1), whole_population(3_000, 2)

    assert (first.starts == again.starts).all()
    assert (first.others == again.others).all()
    assert (first.people(50, 3) == again.people(50, 3)).all()
    assert len(first.others) != len(other.others) or (first.others != other.others).any()
    assert (first.people(50, 3) != first.people(50, 4)).any()


@given(st.integers(2, 400), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_nobody_follows_themselves_or_anybody_twice(users, seed):
    population = whole_population(users, seed)

    for person in range(users):
        followers = population.others[population.starts[person] : population.starts[person + 1]].tolist()
        assert followers == sorted({*followers} - {person})
    assert ((population.others >= 0) & (population.others < users)).all()


def test_the_mean_is_75_and_the_tail_is_that_of_twitter():
    population = whole_population(50_000, 1)
    followers = np.sort(np.diff(population.starts))[::-1]
    tail = followers[200:2_000]  # below the cap, above the bulk
    slope = np.polyfit(np.log(tail), np.log(np.arange(201, 2_001)), 1)[0]

    assert abs(followers.mean() - 75) < 1
    assert np.median(followers) < 25
    assert abs(1 - slope - EXPONENT) < 0.15


def test_the_most_active_come_most():
    people = whole_population(50_000, 1).people(200_000, 1)
    counts = np.sort(np.bincount(people, minlength=50_000))[::-1]

    assert 0.35 < counts[:5_000].sum() / 200_000 < 0.75
    assert counts[0] < 2_000


@pytest.mark.parametrize("seed", range(4))
def test_a_tweet_has_the_followers_that_a_person_has(seed):
    population = whole_population(50_000, seed)
    followers = np.diff(population.starts)
    authors = population.people(400_000, 1)

    assert 0.97 < followers[authors].mean() / followers.mean() < 1.05


@given(st.sets(st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda tie: tie[0] != tie[1]), min_size=1))
@settings(max_examples=40, deadline=None)
def test_the_people_of_an_edge_list_have_its_followers(follows):
    graph = Graph(31, tuple(sorted(follows)))

    population = population_of(graph, 1)

    lists = np.split(population.others, population.starts[1:-1])
    assert [followers.tolist() for followers in lists] == [sorted(row) for row in graph.followers()]
    assert set(population.people(500, 1).tolist()) <= set(range(31))


@pytest.mark.skipif("TWITTERLAB_GRAPH" not in os.environ, reason="set TWITTERLAB_GRAPH to an edge list to read it")
def test_a_real_edge_list_becomes_a_population():
    graph = read_graph(Path(os.environ["TWITTERLAB_GRAPH"]))

    population = population_of(graph, 1)

    assert (population.users, population.follows) == (graph.users, len(graph.follows))


@pytest.mark.parametrize("users", [0, 1, 10_000_001])
def test_a_population_that_cannot_be_made_is_said(users):
    with pytest.raises(BadInput, match="cannot make a population"):
        whole_population(users, 1)
