"""The feed: what listeners are told."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from twitterlab.platform.feed import BACKLOG, REMEMBERED, Feed

ANN, BOB, EVE = 1, 2, 3


def test_a_listener_hears_its_own_events_in_order():
    feed = Feed("a")
    listener = feed.listen(ANN)

    feed.tell([ANN, EVE], "tweet", 10, BOB)
    feed.tell([EVE], "tweet", 11, BOB)
    feed.tell([ANN], "notification", 12, BOB)

    assert [(event.kind, event.subject_id) for event in listener.ready()] == [("tweet", 10), ("notification", 12)]


@given(st.integers(0, 2 * REMEMBERED), st.data())
def test_who_comes_back_hears_every_missed_event_once_or_is_told_to_read_again(told, data):
    feed = Feed("a")
    feed.leave(feed.listen(ANN))
    for number in range(told):
        feed.tell([ANN], "tweet", number, BOB)
    position = data.draw(st.integers(0, told))

    events = feed.listen(ANN, "a", position).ready()

    if told - position <= REMEMBERED:
        assert [event.subject_id for event in events] == list(range(position, told))
    else:
        assert [event.kind for event in events] == ["reset"]


def test_a_position_of_another_process_means_read_again():
    feed = Feed("new")
    assert [event.kind for event in feed.listen(ANN, "old", 7).ready()] == ["reset"]


def test_a_position_that_was_never_reached_means_read_again():
    feed = Feed("a")
    feed.leave(feed.listen(ANN))
    assert [event.kind for event in feed.listen(ANN, "a", 7).ready()] == ["reset"]


def test_a_slow_listener_is_ended_and_the_others_are_not():
    feed = Feed("a")
    slow, quick = feed.listen(ANN), feed.listen(BOB)

    for number in range(BACKLOG + 1):
        feed.tell([ANN], "tweet", number, EVE)
    feed.tell([BOB], "tweet", 1, EVE)

    assert (slow.was_too_slow, slow.ready()) == (True, [])
    assert [event.subject_id for event in quick.ready()] == [1]


def test_who_left_is_counted_once():
    feed = Feed("a")
    listener = feed.listen(ANN)
    feed.leave(listener)
    feed.leave(listener)
    assert feed.listening == 0


def test_iterating_waits_for_the_next_event_and_ends_when_closed():
    async def story() -> list[int]:
        feed = Feed("a")
        listener = feed.listen(ANN)
        asyncio.get_running_loop().call_soon(feed.tell, [ANN], "tweet", 5, BOB)
        first = await anext(listener)
        asyncio.get_running_loop().call_soon(feed.leave, listener)
        return [first.subject_id, *[event.subject_id async for event in listener]]

    assert asyncio.run(story()) == [5]
