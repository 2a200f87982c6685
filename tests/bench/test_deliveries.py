"""What was sent, and what came."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.bench.deliveries import Delivery, deliveries, judge


@given(st.lists(st.integers(), unique=True))
def test_all_once_and_in_order_is_clean(messages: list[int]) -> None:
    assert judge("a", "b", messages, messages).is_clean


@given(st.lists(st.integers(), unique=True), st.data())
def test_what_was_dropped_is_lost_and_nothing_else_is_wrong(messages: list[int], data: st.DataObject) -> None:
    dropped = data.draw(st.sets(st.sampled_from(messages))) if messages else set()

    found = judge("a", "b", messages, [message for message in messages if message not in dropped])

    assert found == Delivery("a", "b", lost=tuple(message for message in messages if message in dropped))


@given(st.lists(st.integers(0, 5), max_size=12))
def test_every_repetition_is_counted(received: list[int]) -> None:
    assert len(judge("a", "b", range(6), received).repeated) == len(received) - len(set(received))


@given(st.permutations(range(7)))
def test_the_late_are_the_fewest_whose_removal_restores_the_order(received: list[int]) -> None:
    late = judge("a", "b", range(7), received).late

    left = [message for message in received if message not in late]
    assert left == sorted(left)
    assert not any(list(some) == sorted(some) for some in combinations(received, len(left) + 1))


def test_each_receiver_is_judged_for_the_channels_that_it_is_due() -> None:
    sent = {"ann": [1, 2, 3], "bob": [7]}
    received = {"carl": {"ann": [1, 3, 2, 2], "bob": [7]}, "dora": {"ann": [1, 2, 3]}}
    readers = {"ann": ["carl", "dora", "emil"], "bob": ["dora"]}

    found = deliveries(sent, received, readers)

    assert found == [
        Delivery("ann", "carl", repeated=(2,), late=(3,)),
        Delivery("bob", "carl", unsent=(7,)),
        Delivery("bob", "dora", lost=(7,)),
        Delivery("ann", "emil", lost=(1, 2, 3)),
    ]
    assert found[0].said == "carl had of ann: 1 repeated, 2 first; 1 late, 3 first"


def test_a_message_that_was_sent_twice_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="sent twice through ann"):
        judge("ann", "bob", [1, 1], [1])
