"""Each author's tweets as a set that grows, for the linearizability checker: is a page at any moment what one copy shows?

A tweet that somebody wants gone is left out, and so are those that were there before: elements of a set are
independent of each other. A page that is not full is a read of every author's set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twitterlab.bench.history import OPEN, Operation, Outcome
from twitterlab.bench.linearizability import KeyVerdict, check
from twitterlab.bench.models import model_named
from twitterlab.stage.scenario import Violation

LIMIT_S = 10.0
SET = model_named("set")
Row = Mapping[str, Any]


def verdicts(rows: Sequence[Row], authors: Iterable[int]) -> Sequence[KeyVerdict]:
    """What the checker says of each of these authors who have posted anything."""
    return check(_operations(rows, frozenset(authors)), SET, LIMIT_S).keys


def not_linearizable(rows: Sequence[Row], staying: Iterable[int]) -> list[Violation]:
    """Authors who stay where they are, and whose pages no single copy explains."""
    return [
        Violation("who stays is linearizable", f"the tweets of {found.key}, {len(found.operations)} operations")
        for found in verdicts(rows, staying)
        if found.verdict == "invalid"
    ]


def _operations(rows: Sequence[Row], authors: frozenset[int]) -> list[Operation]:
    gone = {row["value"][1] for row in rows if row["f"] == "delete" and row["type"] == "invoke"}
    posts = [row["value"] for row in rows if row["f"] == "post" and row["type"] == "invoke"]
    whose = {tweet: author for author, tweet in posts if author in authors and tweet not in gone}
    posting = sorted(set(whose.values()))
    opened: dict[int, tuple[int, Row]] = {}
    found: list[Operation] = []
    for line, row in enumerate(rows, 1):
        if row["f"] not in ("post", "page"):
            continue
        if row["type"] == "invoke":
            opened[row["process"]] = (line, row)
            continue
        begin, call = opened.pop(row["process"])
        if row["f"] == "post" and call["value"][1] in whose and row["type"] != "fail":
            found.append(_add(begin, call, line, row["type"]))
        elif row["f"] == "page" and row["type"] == "ok" and len(row["value"][0]) < call["value"]:
            shown: dict[int, list[int]] = {author: [] for author in posting}
            for tweet in row["value"][0]:
                if tweet in whose:
                    shown[whose[tweet]].append(tweet)
            found += [
                Operation(row["process"], "read", author, None, tuple(tweets), "ok", begin, line, begin, line)
                for author, tweets in shown.items()
            ]
    found += [_add(begin, call, 0, "info") for begin, call in opened.values() if _is_add(call, whose)]
    return sorted(found, key=lambda operation: operation.invoked)


def _is_add(call: Row, whose: Mapping[int, int]) -> bool:
    return call["f"] == "post" and call["value"][1] in whose


def _add(begin: int, call: Row, end: int, outcome: Outcome) -> Operation:
    author, tweet = call["value"]
    returned = end if outcome == "ok" else OPEN
    return Operation(call["process"], "add", author, tweet, None, outcome, begin, returned, begin, end)
