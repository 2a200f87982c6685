"""Authors' tweets during a reshard, as sets for the linearizability checker."""

from __future__ import annotations

from twitterlab.stage.scenarios.reshard_sets import not_linearizable, verdicts

AUTHOR, TWEET = 7, 100


def row(process: int, kind: str, f: str, value=None) -> dict:
    return {"process": process, "type": kind, "f": f, "value": value}


def post(process: int, tweet: int = TWEET, kind: str = "ok") -> list[dict]:
    return [row(process, "invoke", "post", [AUTHOR, tweet]), row(process, kind, "post", True)]


def page(process: int, *tweets: int) -> list[dict]:
    return [row(process, "invoke", "page", 500), row(process, "ok", "page", [list(tweets), []])]


def test_a_tweet_seen_and_then_not_seen_is_no_single_copy() -> None:
    begin, end = post(1)

    found = not_linearizable([begin, *page(2, TWEET), *page(3), end], [AUTHOR])

    assert [violation.promise for violation in found] == ["who stays is linearizable"]


def test_a_post_that_nobody_knows_of_may_be_seen_from_any_moment_on() -> None:
    assert not_linearizable([*post(1, kind="info"), *page(2), *page(2, TWEET)], [AUTHOR]) == []
    assert not_linearizable([*post(1, kind="info"), *page(2, TWEET), *page(2)], [AUTHOR]) != []


def test_a_post_that_was_open_at_the_end_may_be_seen() -> None:
    assert not_linearizable([post(1)[0], *page(2, TWEET)], [AUTHOR]) == []


def test_a_tweet_that_somebody_deletes_is_left_out() -> None:
    gone = [row(1, "invoke", "delete", [AUTHOR, TWEET]), row(1, "ok", "delete", True)]

    assert verdicts([*post(1), *page(2, TWEET), *gone, *page(2)], [AUTHOR]) == ()


def test_a_full_page_says_nothing_of_what_is_not_on_it() -> None:
    full = [row(2, "invoke", "page", 1), row(2, "ok", "page", [[TWEET + 1], []])]

    assert not_linearizable([*post(1), *post(1, TWEET + 1), *full], [AUTHOR]) == []


def test_only_the_authors_asked_for_are_judged() -> None:
    begin, end = post(1)

    assert not_linearizable([begin, *page(2, TWEET), *page(3), end], [AUTHOR + 1]) == []
