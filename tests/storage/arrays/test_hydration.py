"""Hydration: both ways give the same copies, whatever rows are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.storage.arrays.hydration import LARGE_POPULATION, by_take, hydration_for
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

    words, marked = by_take(table, np.array(rows, np.int32))

    assert words.view(RECORD).reshape(-1).tolist() == table[rows].tolist()
    assert marked.tolist() == [place for place, row in enumerate(rows) if row % 5 == 1 or (row % 7 == 2 and row)]


@given(st.lists(st.integers(0, ROOM - 1), max_size=90))
@settings(max_examples=40, deadline=None)
def test_compiled_code_gives_what_numpy_gives(rows):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    table, asked = records(), np.array(rows, np.int32)

    words, marked = hydration_for(LARGE_POPULATION)(table, asked)

    expected, expected_marked = by_take(table, asked)
    assert (words == expected).all()
    assert marked.tolist() == expected_marked.tolist()


def test_a_row_beyond_the_table_is_no_tweet_and_reads_no_foreign_memory():
    pytest.importorskip("numba", reason="the extra `fast` is not installed")

    words, marked = hydration_for(LARGE_POPULATION)(records(), np.full(40, 2**30 - 1, np.int32))

    assert not words.any()
    assert not len(marked)


def test_a_small_population_is_read_without_compiled_code():
    assert hydration_for(LARGE_POPULATION - 1) is by_take


def test_without_the_extra_numpy_does_it(monkeypatch):
    monkeypatch.setattr("twitterlab.storage.arrays.hydration.find_spec", lambda name: None)

    assert hydration_for(LARGE_POPULATION) is by_take
