"""The judge of pages while tweets are moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.stage.scenarios.reshard_pages import BACK, DOUBLED, INVENTED, INVISIBLE, judge_pages, told_of

OLD = {1: [10, 11], 2: [20]}


def history(*events):
    """Rows of (process, type, f, value), one a millisecond."""
    return [
        {"process": who, "type": kind, "f": f, "value": value, "time": 1_000_000 * number}
        for number, (who, kind, f, value) in enumerate(events)
    ]


def posted(author, tweet):
    return (0, "invoke", "post", [author, tweet]), (0, "ok", "post", True)


def deleted(author, tweet):
    return (0, "invoke", "delete", [author, tweet]), (0, "ok", "delete", True)


def page(shown, asked=9):
    return (1, "invoke", "page", asked), (1, "ok", "page", [shown, []])


def broken(*events):
    return [violation.promise for violation in judge_pages(history(*events), OLD)]


@pytest.mark.parametrize(
    ("events", "promises"),
    [
        (page([20, 11, 10]), []),
        (page([20, 10]), [INVISIBLE]),
        (page([20, 11], asked=2), []),
        (page([20, 10], asked=2), [INVISIBLE]),
        (page([20], asked=[9, [2]]), []),
        (page([10], asked=[9, [1]]), [INVISIBLE]),
        (page([20, 11, 11, 10]), [DOUBLED]),
        (page([99, 20, 11, 10]), [INVENTED]),
        ((*posted(2, 30), *page([20, 11, 10])), [INVISIBLE]),
        ((*posted(2, 30), *page([11, 10], asked=[9, [1]])), []),
        ((*deleted(1, 11), *page([20, 10])), []),
        ((*deleted(1, 11), *page([20, 11, 10])), [BACK]),
    ],
)
def test_a_page_is_judged_by_what_people_had_been_told(events, promises):
    assert broken(*events) == promises


def test_what_happens_while_a_page_is_made_may_be_on_it_or_not():
    asked, told = page([20, 11, 10]), page([30, 20, 11, 10])

    for answer in (asked[1], told[1]):
        assert broken(asked[0], *posted(2, 30), answer) == []
    for answer in (asked[1], page([20, 10])[1]):
        assert broken(asked[0], *deleted(1, 11), answer) == []


def test_a_write_that_nobody_knows_of_may_be_there_or_not():
    write = (0, "invoke", "post", [2, 30]), (0, "info", "post", "no answer")

    assert broken(*write, *page([30, 20, 11, 10]), *page([20, 11, 10])) == []


@given(st.lists(st.tuples(st.sampled_from(["post", "delete", "page"]), st.integers(0, 3)), max_size=30), st.data())
def test_pages_of_one_database_break_no_promise_and_one_tweet_less_is_seen(steps, data):
    there = {author: list(ids) for author, ids in OLD.items()}
    events, pages = [], []
    for number, (f, author) in enumerate(steps):
        if f == "post":
            events += posted(author, 100 + number)
            there.setdefault(author, []).append(100 + number)
        elif f == "delete" and there.get(author):
            events += deleted(author, there[author].pop())
        else:
            shown = sorted((tweet for ids in there.values() for tweet in ids), reverse=True)
            limit = data.draw(st.integers(1, 6))
            pages += [len(events) + 1] if shown[:limit] else []
            events += page(shown[:limit], limit)

    assert broken(*events) == []
    if pages:
        who, kind, f, (shown, missing) = events[(place := data.draw(st.sampled_from(pages)))]
        events[place] = (who, kind, f, [shown[1:], missing])
        assert INVISIBLE in broken(*events)


def test_what_people_had_been_told_in_the_end():
    told = told_of(history(*posted(2, 30), *deleted(1, 11), (0, "invoke", "delete", [1, 10])), OLD)

    assert told.due == {1: {10, 11}, 2: {20, 30}}
    assert set(told.gone) == {11}
    assert told.deleted == {10, 11}
