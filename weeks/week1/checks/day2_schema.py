"""Checks of day 1.2, schema."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from twitterlab.course.checks import check, expect
from twitterlab.parts.schema import Queries
from weeks.week1.checks.schema_bench import ASK, CELEBRITY, TABLES, TOP, Base, around, call, flat, parameters

PAGE = "docs/week1/day2-schema.md"
PAGES = ("home_page", "author_page", "mentions_page", "replies_page", "followers_page", "following_page")
QUESTIONS = (*PAGES, "user_counts", "tweet_counts")


@check(points=20, law=1, claim="No question scans a table or sorts, save the merge of home",
       catches="a question without its index", read=f"{PAGE}#laws")  # fmt: skip
def no_scan_and_no_sort(part: Any) -> None:
    base = Base(part)
    tables = {name for (name,) in base.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name in (field.name for field in fields(Queries)):
        for row in base.db.execute("EXPLAIN QUERY PLAN " + getattr(base.queries, name), ASK).fetchall():
            words = row[3].split()
            scans = words[0] == "SCAN" and (words[1] in tables or (name != "home_page" and words[1] != "CONSTANT"))
            scans |= (
                words[0] == "SEARCH" and "=?" not in row[3]
            )  # a range over everybody's rows is a scan by another name
            sorts = "TEMP B-TREE" in row[3] and name != "home_page"
            expect(
                not scans and not sorts,
                expected=f"{name} reads an index in the order it answers in",
                happened=f"SQLite would {'walk all rows' if scans else 'sort'}: its plan says {row[3]!r}",
                counterexample=f"EXPLAIN QUERY PLAN {flat(getattr(base.queries, name))}",
                about=f"{name}=",
            )


@check(points=15, law=2, claim="Work stays flat as the data grows tenfold",
       catches="reading all there is and keeping 20; counting rows at each question", read=f"{PAGE}#laws", after=no_scan_and_no_sort)  # fmt: skip
def work_stays_flat(part: Any) -> None:
    small, large = Base(part, 200, crowd=20), Base(part, 2_000, crowd=200)
    for name in QUESTIONS:
        user = CELEBRITY if name in ("user_counts", "following_page", "followers_page") else 1
        before, after = small.steps(name, user_id=user), large.steps(name, user_id=user)
        expect(
            after <= before * 1.2 + 20,
            expected=f"{name} in about {before:,} steps of SQLite's machine, as with 200 tweets and 20 followers",
            happened=f"it took {after:,} with 2,000 tweets and 200 followers, who all like tweet 1",
            counterexample=flat(getattr(large.queries, name)),
            about=f"{name}=",
        )


@check(points=10, law=6, claim="The same rows give the same answers, whatever order they came in and whatever was rejected",
       catches="home without one's own tweets; a page in the order of arrival; another order of ids", read=f"{PAGE}#laws")  # fmt: skip
def answers_come_from_the_rows(part: Any) -> None:
    answers = []
    for order in (range(1, 31), range(30, 0, -1)):
        base = Base(part)
        for tweet in order:
            base.ask("add_tweet", id=tweet, author_id=tweet % 3 + 1, reply_to=40 if tweet % 5 == 0 else None)
            base.ask("add_mention", tweet_id=tweet, user_id=3)
        for other in sorted((2, 3), reverse=order.step < 0):
            base.ask("follow", follower_id=other, followee_id=1)
            base.rejects("follow", follower_id=other, followee_id=1)
        base.ask("follow", follower_id=3, followee_id=2)
        answers.append({
            "home_page": base.ask("home_page"), "author_page": base.ask("author_page", author_id=2),
            "mentions_page": base.ask("mentions_page", user_id=3, limit=4), "replies_page": base.ask("replies_page", tweet_id=40),
            "followers_page": base.ask("followers_page"), "following_page": base.ask("following_page", user_id=3),
        })  # fmt: skip
    falling = range(30, 0, -1)
    want: dict[str, list[int]] = {
        "home_page": [i for i in falling if i % 3 != 2][:20], "author_page": [i for i in falling if i % 3 == 1],
        "mentions_page": [30, 29, 28, 27], "replies_page": [30, 25, 20, 15, 10, 5], "followers_page": [2, 3], "following_page": [1, 2],
    }  # fmt: skip
    for name, ids in want.items():
        for way, answer in zip(("rising", "falling"), answers, strict=True):
            seen = [row[0] for row in answer[name]]
            expect(
                seen == ids,
                expected=f"{name} {around(ids, seen)}",
                happened=f"it held {around(seen, ids)} ({len(seen)} of {len(ids)})",
                counterexample=f"30 tweets added by {way} id; {flat(getattr(part().queries(), name))}",
                about=f"{name}=",
            )


@check(points=15, law=3, claim="Pages neither skip nor repeat while tweets arrive and vanish",
       catches="OFFSET, or a key compared with <=", read=f"{PAGE}#laws", after=answers_come_from_the_rows)  # fmt: skip
def pages_hold_still(part: Any) -> None:
    for name, by in (("home_page", "user_id"), ("author_page", "author_id")):
        base = Base(part, 60)
        want = [i for i in range(60, 0, -1) if i % 3 + 1 in ((1, 2) if name == "home_page" else (1,))]
        got: list[int] = []
        before, arriving = TOP, 100
        while page := [row[0] for row in base.ask(name, **{by: 1}, before_id=before, limit=7)]:
            _expect_at_most(7, page, name)
            if len(got) > len(want):
                break  # it goes on for ever: what it held so far shows why
            got, before, arriving = got + page, page[-1], arriving + 1
            base.ask("add_tweet", id=arriving)
            gone = page[0]
            base.ask("delete_tweet", id=gone, author_id=gone % 3 + 1)
        expect(
            got == want,
            expected=f"{name} in pages of 7: {around(want, got)}",
            happened=f"the pages held {around(got, want)} ({len(got)} of {len(want)})",
            counterexample=f"{call(name, **{by: 1}, before_id='the last id of the page before', limit=7)}; "
            "after each page a tweet arrives and the first tweet of the page is deleted",
            about=f"{name}=",
        )


def _expect_at_most(limit: int, page: list[int], name: str) -> None:
    expect(
        len(page) <= limit,
        expected=f"{name} with at most {limit} ids",
        happened=f"it held {len(page)}",
        counterexample=call(name, limit=limit),
        about=f"{name}=",
    )


@check(points=5, law=3, claim="Pages of replies, mentions and people neither skip nor repeat either",
       catches="a page with OFFSET, or its key compared by <=; a mention stored twice", read=f"{PAGE}#laws", after=answers_come_from_the_rows)  # fmt: skip
def every_page_holds_still(part: Any) -> None:
    for name, by, key in (("mentions_page", "user_id", "before_id"), ("replies_page", "tweet_id", "before_id"),
                          ("followers_page", "user_id", "after_id"), ("following_page", "user_id", "after_id")):  # fmt: skip
        base = Base(part)
        newest_first = key == "before_id"
        for number in range(4, 44):
            base.ask("add_user", id=number, handle=f"user{number}")
            base.ask("add_tweet", id=number, reply_to=1)
            for _ in range(2):  # the second time changes nothing
                base.ask("add_mention", tweet_id=number, user_id=1)
            base.ask("follow", follower_id=number, followee_id=1)
            base.ask("follow", follower_id=1, followee_id=number)
        want = [*range(43, 3, -1)] if newest_first else [*((2,) if name == "following_page" else ()), *range(4, 44)]
        got: list[int] = []
        edge, arriving = (TOP if newest_first else 0), 100
        while page := [row[0] for row in base.ask(name, **{by: 1, key: edge}, limit=7)]:
            _expect_at_most(7, page, name)
            if len(got) > len(want):
                break  # it goes on for ever: what it held so far shows why
            got, edge, arriving = got + page, page[-1], arriving + 1
            if newest_first:
                base.ask("add_tweet", id=arriving, reply_to=1)
                base.ask("add_mention", tweet_id=arriving, user_id=1)
                base.ask("delete_tweet", id=page[0])
            else:
                base.ask("unfollow", follower_id=page[0], followee_id=1)
                base.ask("unfollow", follower_id=1, followee_id=page[0])
        expect(
            got == want,
            expected=f"{name} in pages of 7: {around(want, got)}",
            happened=f"the pages held {around(got, want)} ({len(got)} of {len(want)})",
            counterexample=f"{call(name, **{by: 1, key: 'the last id of the page before'}, limit=7)}; "
            "after each page something arrives and the first row of the page goes",
            about=f"{name}=",
        )


def _expect_rejected(base: Base, *wrong: tuple[str, str, dict[str, Any]]) -> None:
    """What, by which statement, with which values."""
    for what, name, values in wrong:
        expect(
            base.rejects(name, **values),
            expected=f"sqlite3.IntegrityError for {what}",
            happened="the database accepted it",
            counterexample=call(name, **{key: (ASK | values)[key] for key in parameters(base, name)}),
            about=rf"TABLE.*\b{TABLES[name]}\b",
        )


@check(points=10, law=4, claim="The database itself rejects what must not be",
       catches="a missing constraint", read=f"{PAGE}#laws")  # fmt: skip
def constraints_hold(part: Any) -> None:
    base = Base(part, 3)
    _expect_rejected(
        base,
        ("a second like", "like", {"user_id": 2}),
        ("a second follow", "follow", {}),
        ("a self-follow", "follow", {"followee_id": 1}),
        ("a handle taken in another case", "add_user", {"handle": "USER1"}),
        ("an empty tweet", "add_tweet", {"text": ""}),
    )
    expect(
        not base.rejects("add_tweet", text="", retweet_of=1),
        expected="a retweet without text is stored",
        happened="it was rejected",
        counterexample=call("add_tweet", text="", retweet_of=1),
        about=r"TABLE.*\btweets\b",
    )


@check(points=5, law=4, claim="The database rejects orphans: a tweet, like or follow of nobody",
       catches="foreign keys left off", read=f"{PAGE}#laws")  # fmt: skip
def orphans_are_rejected(part: Any) -> None:
    _expect_rejected(
        Base(part, 3),
        ("a tweet of nobody", "add_tweet", {"author_id": 99}),
        ("a like of no tweet", "like", {"tweet_id": 99}),
        ("a like by nobody", "like", {"user_id": 99}),
        ("a follow of nobody", "follow", {"followee_id": 99}),
        ("a follow by nobody", "follow", {"follower_id": 99}),
    )


@check(points=15, law=5, claim="Counts are right after any sequence of writes",
       catches="a counter that only goes up; deleting another's tweet", read=f"{PAGE}#laws")  # fmt: skip
def counts_are_right(part: Any) -> None:
    base = Base(part, 4)
    story: tuple[tuple[str, dict[str, Any], tuple[int, int, int], tuple[int, int, int]], ...] = (
        ("tweet_counts", {}, (1, 0, 1), (1, 0, 1)),  # tweet 2 replies to tweet 1, user 2 likes it, user 1 wrote tweet 3
        ("add_tweet", {"id": 10, "author_id": 3, "text": "", "retweet_of": 1}, (1, 1, 1), (1, 0, 1)),
        ("delete_tweet", {"id": 1, "author_id": 3}, (1, 1, 1), (1, 0, 1)),  # another's tweet
        ("delete_tweet", {"id": 10, "author_id": 3}, (1, 0, 1), (1, 0, 1)),
        ("delete_tweet", {"id": 2, "author_id": 3}, (1, 0, 0), (1, 0, 1)),
        ("like", {"user_id": 3, "tweet_id": 1}, (2, 0, 0), (1, 0, 1)),
        ("unlike", {"user_id": 2, "tweet_id": 1}, (1, 0, 0), (1, 0, 1)),
        ("unlike", {"user_id": 2, "tweet_id": 1}, (1, 0, 0), (1, 0, 1)),
        ("unlike", {"user_id": 3, "tweet_id": 1}, (0, 0, 0), (1, 0, 1)),
        ("unfollow", {"follower_id": 1, "followee_id": 2}, (0, 0, 0), (1, 0, 0)),
        ("delete_tweet", {"id": 3, "author_id": 1}, (0, 0, 0), (0, 0, 0)),
    )
    base.rejects("like", user_id=2, tweet_id=1)  # a second time: it must not count
    told: list[str] = []
    for name, values, tweet, user in story:
        base.ask(name, **values)
        told.append(call(name, **values))
        _expect_row(base, "tweet_counts", "likes, retweets, replies of tweet 1", tweet, told)
        _expect_row(base, "user_counts", "tweets, followers, following of user 1", user, told)


def _expect_row(base: Base, name: str, what: str, want: tuple[int, int, int], told: list[str]) -> None:
    seen = base.ask(name, user_id=1, tweet_id=1)
    expect(
        seen == [want],
        expected=f"{name} {want}: {what}",
        happened=f"it answered {seen}",
        counterexample=f"4 tweets, then {'; '.join(told[1:][-3:])}"
        if told[1:]
        else "4 tweets, each liked by user 2, tweet 1 twice",
        about=f"{name}=",
    )


@check(points=5, law=5, claim="A deleted tweet takes its likes and mentions along",
       catches="rows that outlive what they are about", read=f"{PAGE}#laws", after=orphans_are_rejected)  # fmt: skip
def nothing_outlives_its_tweet(part: Any) -> None:
    base = Base(part, 4)
    base.ask("delete_tweet", id=2, author_id=3)
    base.ask("add_mention", tweet_id=4)
    left = [row[0] for row in base.ask("mentions_page", user_id=1)]
    expect(
        left == [4, 3, 1],
        expected="mentions_page [4, 3, 1]: a deleted tweet takes its mentions along, a second mention changes nothing",
        happened=f"it held {left}",
        counterexample=f"{call('delete_tweet', id=2, author_id=3)}, then {call('mentions_page', user_id=1)}",
        about=r"TABLE.*\bmentions\b",
    )
    gone = base.ask("tweet_counts", tweet_id=2)
    expect(
        not gone or gone[0][0] == 0,
        expected="the likes of a deleted tweet go with it",
        happened=f"tweet_counts answers {gone}",
        counterexample=f"{call('delete_tweet', id=2, author_id=3)}, then {call('tweet_counts', tweet_id=2)}",
        about=r"TABLE.*\blikes\b",
    )
