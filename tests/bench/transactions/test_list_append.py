"""Transactions on lists: known anomalies, and drawn histories against every serial order."""

from __future__ import annotations

import json
from itertools import count
from random import Random

import pytest

from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.transactions.levels import LEVELS, check
from twitterlab.bench.transactions.list_append import parse_transactions, steps_of
from twitterlab.errors import BadInput


def history(*rows: str) -> list[Operation]:
    """Transactions one after the other, `x+1` appends, `x=1,2` reads; `!` at the end failed, `?` had no answer."""
    lines = []
    for process, row in enumerate(rows):
        kind = {"!": "fail", "?": "info"}.get(row[-1], "ok")
        asked, answered = [], []
        for word in row.rstrip("!? ").split():
            if "+" in word:
                key, value = word.split("+")
                asked.append(["append", key, int(value)])
                answered.append(asked[-1])
            else:
                key, values = word.split("=")
                asked.append(["read", key, None])
                answered.append(["read", key, [int(value) for value in values.split(",") if value]])
        event = {"process": process, "f": "txn"}
        lines.append(json.dumps({**event, "type": "invoke", "value": asked}))
        lines.append(json.dumps({**event, "type": kind, "value": answered if kind == "ok" else asked}))
    return parse_transactions(lines)


KNOWN = [
    ("nothing wrong", [], ("x+1", "x=1 x+2", "x=1,2")),
    ("G0", ["G0"], ("x+1 y+1", "x+2 y+2", "x=1,2", "y=2,1")),
    ("G1a", ["G1a"], ("x+1 !", "x=1")),
    ("G1a and dirty-update", ["G1a", "dirty-update"], ("x+1 !", "x+2", "x=1,2")),
    ("G1b", ["G1b", "G-single"], ("x+1 x+2", "x=1", "x=1,2")),
    ("G1c", ["G1c"], ("x+1 y=1", "y+1 x=1")),
    ("G-single", ["G-single"], ("x+1 y+1", "x=1 y=", "y=1")),
    ("lost update", ["lost-update", "G-single"], ("x= x+1", "x= x+2", "x=1,2")),
    ("G-nonadjacent", ["G-nonadjacent"], ("x+1", "x=1 y=", "y+2", "y=2 x=")),
    ("G2, write skew", ["G2"], ("x= y+1", "y= x+1", "x=1 y=1")),
    ("garbage", ["garbage-read"], ("x=9",)),
    ("two orders", ["incompatible-order"], ("x+1", "x+2", "x=1,2", "x=2,1")),
    ("twice", ["duplicate-elements"], ("x+1", "x=1,1")),
    ("internal", ["internal"], ("x+1 x=",)),
    ("internal, reread", ["internal"], ("x+1", "x=1 x=")),
    ("lost append", ["G-single-ordered"], ("x+1", "x=")),
    ("late read", ["G-single-ordered"], ("x+1", "x+2", "x=1", "x=1,2")),
    ("no answer, and not seen", [], ("x+1 ?", "x=")),
    ("G2 beside G-nonadjacent", ["G-nonadjacent"], ("x+1", "x=1 y= a= b+1", "y+2", "y=2 x= b= a+1")),
    ("no answer, and seen", ["G-single"], ("x+1 y+1 ?", "x=1 y=")),
]


@pytest.mark.parametrize(("name", "patterns", "rows"), KNOWN, ids=[name for name, *_ in KNOWN])
def test_known_anomalies_of_strict_serializability(name: str, patterns: list[str], rows: tuple[str, ...]) -> None:
    answer = check(history(*rows))

    assert [breach.pattern for breach in answer.breaches] == patterns
    assert answer.verdict == ("invalid" if patterns else "valid")


ALLOWED = [
    ("G2, write skew", "snapshot-isolation"),
    ("G-single", "read-committed"),
    ("G-nonadjacent", "read-committed"),
    ("lost update", "read-committed"),
    ("late read", "sequential"),
    ("lost append", "serializable"),
]


@pytest.mark.parametrize(("name", "level"), ALLOWED)
def test_a_level_lets_pass_what_only_the_next_rules_out(name: str, level: str) -> None:
    rows = next(rows for known, _, rows in KNOWN if known == name)
    following = LEVELS[LEVELS.index(level) + 1] if level != "serializable" else "linearizable"

    assert check(history(*rows), level).verdict == "valid"
    assert check(history(*rows), following).verdict == "invalid"


def test_a_process_that_reads_behind_itself_is_not_sequential() -> None:
    one, two, three = history("x+1", "x+2 x=1,2", "x=1")
    again = [one, two, Operation(two.process, *[getattr(three, f) for f in Operation.__slots__[1:]])]

    assert check(again, "serializable").verdict == "valid"
    assert [breach.pattern for breach in check(again, "sequential").breaches] == ["G-single-ordered"]


def test_a_process_need_not_see_what_had_no_answer() -> None:
    lost, blind, late = history("x+1 ?", "x=", "x=1")
    blind = Operation(lost.process, *[getattr(blind, f) for f in Operation.__slots__[1:]])

    assert check([lost, blind, late], "sequential").verdict == "valid"


@pytest.mark.parametrize(("level", "verdict"), [("serializable", "invalid"), ("snapshot-isolation", "unknown")])
def test_a_cycle_is_known_before_it_is_known_how_grave_it_is(level: str, verdict: str) -> None:
    skewed = history("x= y+1", "y= x+1", "x=1 y=1")

    assert check(skewed, level, limit_s=1.0, now_ns=count(0, 10**10).__next__).verdict == verdict


def test_every_pattern_is_among_the_first_that_are_told() -> None:
    rows = [f"x{n}= x{n}+1" for n in range(30) for _ in "ab"]
    rows = [row if place % 2 else row.replace("+1", "+2") for place, row in enumerate(rows)]

    answer = check(history(*rows, *(f"x{n}=1,2" for n in range(30))))

    assert answer.count == 60
    assert {breach.pattern for breach in answer.breaches} == {"lost-update", "G-single"}


def drawn(random: Random, isolation: str) -> list[Operation]:
    """Three clients, four or five transactions of one to three steps on two lists. Atomic ones run at one moment."""
    lists: dict[str, list[int]] = {"x": [], "y": []}
    lines: list[str] = []
    running: dict[int, tuple[list, list]] = {}
    started, value = 0, 0
    while started < 5 or running:
        process = random.randrange(3)
        if process not in running:
            if started < 5:
                started += 1
                steps = []
                for _ in range(random.randint(1, 3)):
                    value += 1
                    key = random.choice("xy")
                    steps.append(["append", key, value] if random.random() < 0.5 else ["read", key, None])
                running[process] = (steps, [])
                lines.append(json.dumps({"process": process, "type": "invoke", "f": "txn", "value": steps}))
            continue
        steps, done = running[process]
        stale = {key: values[: random.randint(0, len(values))] for key, values in lists.items()}
        while len(done) < len(steps):
            f, key, given = steps[len(done)]
            if f == "append":
                lists[key].append(given)
                done.append(steps[len(done)])
            else:
                there = stale if isolation == "stale" and random.random() < 0.3 else lists
                done.append(["read", key, list(there[key])])
            if isolation != "atomic":
                break
        if len(done) == len(steps) and random.random() < 0.6:
            kind = random.choices(("ok", "info", "fail"), (8, 1, 1 if isolation != "atomic" else 0))[0]
            lines.append(
                json.dumps({"process": process, "type": kind, "f": "txn", "value": done if kind == "ok" else steps})
            )
            del running[process]
    return parse_transactions(lines)


def is_serializable(transactions: list[Operation], in_time: bool) -> bool:
    """Whether some of those without an answer, and all that were answered, have an order that explains every read."""

    def explored(lists: dict[str, tuple], left: list[Operation]) -> bool:
        if all(one.outcome == "info" for one in left):
            return True
        for one in left:
            if in_time and any(other.returned < one.invoked for other in left if other.returned != OPEN):
                continue
            after = explained(lists, one)
            if after is not None and explored(after, [other for other in left if other is not one]):
                return True
        return False

    return explored({"x": (), "y": ()}, [one for one in transactions if one.outcome != "fail"])


def explained(lists: dict[str, tuple], one: Operation) -> dict[str, tuple] | None:
    lists = dict(lists)
    for f, key, value in steps_of(one):
        if f == "append":
            lists[key] = (*lists[key], value)
        elif one.outcome == "ok" and lists[key] != value:
            return None
    return lists


@pytest.mark.parametrize("isolation", ["atomic", "none", "stale"])
def test_verdicts_are_those_of_every_serial_order(isolation: str) -> None:
    seen = set()
    for seed in range(300):
        transactions = drawn(Random(f"{isolation}/{seed}"), isolation)

        plain, strict = check(transactions, "serializable"), check(transactions)

        assert (plain.verdict == "valid") == is_serializable(transactions, in_time=False), (
            f"{isolation}/{seed}: {plain}"
        )
        assert (strict.verdict == "valid") == is_serializable(transactions, in_time=True), (
            f"{isolation}/{seed}: {strict}"
        )
        seen |= {plain.verdict, strict.verdict}
    assert seen == ({"valid"} if isolation == "atomic" else {"valid", "invalid"})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("7", "line 1: `txn` needs a list of steps"),
        ('[["append", "x"]]', "line 1: a step is"),
        ('[["append", "x", null]]', "line 1: null cannot be appended"),
        ('[["cas", "x", 1]]', "line 1: a step is"),
        ('[["append", "x", 1], ["append", "x", 1]]', "line 1: 1 is appended to x again, after line 1"),
    ],
)
def test_bad_lines_are_named(value: str, says: str) -> None:
    line = f'{{"process": 0, "type": "invoke", "f": "txn", "value": {value}}}'

    with pytest.raises(BadInput, match=says):
        check(parse_transactions([line]))


def test_a_transaction_that_ends_with_other_steps_is_named() -> None:
    lines = [
        '{"process": 0, "type": "invoke", "f": "txn", "value": [["append", "x", 1]]}',
        '{"process": 0, "type": "ok", "f": "txn", "value": [["append", "x", 2]]}',
    ]

    with pytest.raises(BadInput, match="line 2: the transaction ends with other steps"):
        parse_transactions(lines)
