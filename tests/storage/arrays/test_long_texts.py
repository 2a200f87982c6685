"""Long texts: a dictionary, whatever is written, removed and written again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.storage.arrays.long_texts import LONGEST, RESTING, ROOM, LongTexts

texts = st.sampled_from(
    ("long" * 40, "ä" * 188, "語" * 125, "語" * 126, "\ud800" + "x" * 200, "x" * LONGEST, "x" * (LONGEST + 1))
)
rows = st.integers(1, 30) | st.sampled_from((ROOM, 5 * ROOM))


@given(st.lists(st.tuples(rows, texts | st.none()), max_size=60))
@settings(max_examples=80, deadline=None)
def test_it_says_what_a_dictionary_says(changes):
    kept, model = LongTexts(), dict[int, str]()

    for row, text in changes:
        if text is None:
            assert kept.pop(row, None) == model.pop(row, None)
        else:
            kept[row] = model[row] = text

    assert dict(kept) == model
    assert len(kept) == len(model)
    asked = [*range(40), ROOM, 5 * ROOM, 10**9]
    assert kept.many(np.array(asked)) == [model.get(row) for row in asked]


def test_more_than_there_was_room_for():
    kept = LongTexts()
    kept.update((row, f"text {row}") for row in range(1, 3 * ROOM))

    assert len(kept) == 3 * ROOM - 1
    assert kept[2 * ROOM] == f"text {2 * ROOM}"


def test_a_freed_place_rests_and_is_used_again_in_the_end():
    kept = LongTexts()
    for text in range(20 * RESTING):
        kept[1] = f"text {text}"

    assert kept[1] == f"text {20 * RESTING - 1}"
    assert kept._taken <= RESTING + 3


@pytest.mark.parametrize("row", [0, 7, 10 * ROOM])
def test_a_row_without_a_long_text_is_missing(row):
    kept = LongTexts()

    with pytest.raises(KeyError):
        kept[row]
    with pytest.raises(KeyError):
        del kept[row]
    assert row not in kept
