"""Promises on histories as scenarios write them: a client goes on under a new number when it does not know."""

from __future__ import annotations

import json

import pytest

from twitterlab.stage import promises
from twitterlab.stage.scenario import AGAIN, NS_PER_MS


def history(*operations: tuple[int, str, str, object]) -> list[str]:
    """One operation a millisecond; `f?` had no answer."""
    lines = []
    for at_ms, (process, f, key, value) in enumerate(operations):
        row = {"process": process, "f": f.rstrip("?"), "key": key}
        given = None if f in ("read", "get") else value
        end = {"type": "info" if f.endswith("?") else "ok", "value": value}
        lines.append(json.dumps({**row, "type": "invoke", "value": given, "time": at_ms * NS_PER_MS}))
        lines.append(json.dumps({**row, **end, "time": at_ms * NS_PER_MS + 1}))
    return lines


W, R = "write", "read"
BROKEN = [
    (promises.read_your_writes, [(0, W, "x", 1), (0, R, "x", None)]),
    (promises.monotonic_reads, [(0, W, "x", 1), (1, R, "x", 1), (1, R, "x", None)]),
    (promises.monotonic_writes, [(0, W, "x", 1), (0, W, "y", 2), (1, R, "y", 2), (1, R, "x", None)]),
    (promises.writes_follow_reads, [(0, W, "x", 1), (1, R, "x", 1), (1, W, "y", 2), (2, R, "y", 2), (2, R, "x", None)]),
    (promises.not_causal, [(0, W, "x", 1), (0, W, "x", 2), (1, R, "x", 2), (1, R, "x", 1)]),
    (promises.not_sequential, [(0, W, "x", 1), (0, R, "y", None), (1, W, "y", 1), (1, R, "x", None)]),
    (promises.not_linearizable, [(0, W, "x", 1), (1, R, "x", None)]),
]
KEPT = history((0, W, "x", 1), (0, R, "x", 1), (1, R, "x", 1), (1, W, "y", 2), (0, R, "y", 2))


@pytest.mark.parametrize(("promise", "operations"), BROKEN, ids=lambda one: getattr(one, "__name__", ""))
def test_a_promise_is_broken_and_kept(promise, operations) -> None:
    assert len(promise(history(*operations), "register")) == 1
    assert promise(KEPT, "register") == []


def test_a_client_under_a_new_number_is_the_same_client() -> None:
    operations = [(0, W, "x", 1), (0, "write?", "y", 2), (AGAIN, R, "x", None)]

    (violation,) = promises.read_your_writes(history(*operations), "register")

    assert violation.promise == "read your writes"
    assert "process 0 wrote x = 1 (line 1), and then process 0 read x = null (line 6)" in violation.happened


def test_convergence_is_causal_too() -> None:
    two_orders = history((0, W, "x", 1), (0, R, "x", 2), (1, W, "x", 2), (1, R, "x", 1))

    assert promises.not_causal(two_orders, "register") == []
    assert [one.promise for one in promises.not_causal(two_orders, "register", is_convergent=True)] == ["CyclicCF"]


REPLICAS = ("paris", "tokyo")


@pytest.mark.parametrize(
    ("reads", "broken"),
    [
        ([(0, R, "x", 1), (1, R, "x", 1)], []),
        ([(0, R, "x", 1), (AGAIN + 1, R, "x", 2)], ["x is 1 at paris; 2 at tokyo"]),
        ([(0, R, "x", 1)], ["tokyo was not asked for x"]),
        ([(1, R, "x", None), (1, R, "x", 1), (0, R, "x", 1)], []),
    ],
)
def test_replicas_converge_by_their_last_reads(reads, broken) -> None:
    lines = history((0, W, "x", 1), (1, R, "x", None), *reads)

    found = promises.replicas_converged(lines, "register", REPLICAS, REPLICAS.__getitem__, since_ms=2)

    assert [violation.happened for violation in found] == broken


def test_transactions_are_judged_strictly_or_as_asked() -> None:
    late = history((0, "txn", None, [["append", "x", 1]]), (1, "txn", None, [["read", "x", []]]))

    assert [violation.promise for violation in promises.not_serializable(late)] == ["G-single-ordered"]
    assert promises.not_serializable(late, "serializable") == []
