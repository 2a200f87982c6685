"""Gathering: both ways give the same pages and copies, whoever is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.storage.arrays.gathering import BY_NUMPY, LARGE_POPULATION, gathering_for
from twitterlab.storage.arrays.rings import BUILT, FAST, FILLED, Rings
from twitterlab.storage.arrays.tweet_rows import LIVE, LONG, RECORD, TIED

ROOM = 50


def records():
    made = np.zeros(ROOM, RECORD)
    made["id"], made["likes"], made["text"] = np.arange(ROOM), np.arange(ROOM) * 7, b"\xff" * 128
    made["flags"] = LIVE + LONG * (np.arange(ROOM) % 5 == 1) + TIED * (np.arange(ROOM) % 7 == 2)
    made[0] = np.zeros((), RECORD)
    return made


@given(st.lists(st.integers(0, ROOM - 1), max_size=90))
@settings(max_examples=40, deadline=None)
def test_rows_are_copied_and_the_marked_ones_named(rows):
    table = records()

    words, marked = BY_NUMPY.copies(table, np.array(rows, np.int32))

    assert words.view(RECORD).reshape(-1).tolist() == table[rows].tolist()
    assert marked.tolist() == [place for place, row in enumerate(rows) if row % 5 == 1 or (row % 7 == 2 and row)]


@given(st.lists(st.integers(0, ROOM - 1), max_size=90))
@settings(max_examples=40, deadline=None)
def test_compiled_code_gives_what_numpy_gives(rows):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    table, asked = records(), np.array(rows, np.int32)

    words, marked = gathering_for(LARGE_POPULATION).copies(table, asked)

    expected, expected_marked = BY_NUMPY.copies(table, asked)
    assert (words == expected).all()
    assert marked.tolist() == expected_marked.tolist()


@given(st.lists(st.integers(0, 70), min_size=1, max_size=5), st.integers(1, 20), st.data())
@settings(max_examples=60, deadline=None)
def test_compiled_code_finds_the_newest_rows_that_numpy_finds(timelines, limit, data):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    rings = Rings(len(timelines), slots=data.draw(st.integers(20, 30)))
    for user, held in enumerate(timelines):
        marks = data.draw(st.sampled_from((0, BUILT, BUILT | FAST)))
        rings.rewrite(user, [], marks)
        for row in range(1, held + 1):
            rings.append(np.array([user]), np.array([row | data.draw(st.sampled_from((0, FILLED)))], np.int32))
    users = np.array(data.draw(st.lists(st.integers(0, len(timelines) - 1), max_size=40)), np.int64)

    rows, is_told = gathering_for(LARGE_POPULATION).newest(rings, users, limit)

    expected, expected_told = BY_NUMPY.newest(rings, users, limit)
    assert rows.tolist() == expected.tolist()
    assert is_told.tolist() == expected_told.tolist()


def test_a_row_beyond_the_table_is_no_tweet_and_reads_no_foreign_memory():
    pytest.importorskip("numba", reason="the extra `fast` is not installed")

    words, marked = gathering_for(LARGE_POPULATION).copies(records(), np.full(40, 2**30 - 1, np.int32))

    assert not words.any()
    assert not len(marked)


def test_a_small_population_is_read_without_compiled_code():
    assert gathering_for(LARGE_POPULATION - 1) is BY_NUMPY


def test_without_the_extra_numpy_does_it(monkeypatch):
    monkeypatch.setattr("twitterlab.storage.arrays.gathering.find_spec", lambda name: None)

    assert gathering_for(LARGE_POPULATION) is BY_NUMPY
