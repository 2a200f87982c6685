"""Linearizability: could one copy, used by one client at a time, have given these answers?

Each key is judged alone. Where a model knows an algorithm for its history, that decides; otherwise the
search does, keys in turn under growing budgets, so that one hopeless key does not starve the rest. What
time or memory does not suffice for is `unknown`, never a guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.bench.deciders import attempt
from twitterlab.bench.deciders.attempt import Allowance, Attempt, Decided, Verdict
from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.world.live import stopwatch_ns

FIRST_BUDGET = 20_000
"""Steps that every key gets before any gets more."""
SLICE = 500
"""Steps between two looks at the clock."""
MEMORY_BYTES = 1_000_000_000
"""What the memos of one check may take together, as estimated."""


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """The answer for one key. `order` is a linearization, or the longest beginning of one that was found."""

    key: Any
    verdict: Verdict
    operations: tuple[Operation, ...]
    order: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Linearizability:
    """The answer for a history: invalid if a key is, else unknown if a key is."""

    verdict: Verdict
    keys: tuple[KeyVerdict, ...] = ()

    @property
    def invalid(self) -> tuple[KeyVerdict, ...]:
        return tuple(answer for answer in self.keys if answer.verdict == "invalid")


def check(
    operations: Sequence[Operation],
    model: Model,
    limit_s: float = 30.0,
    now_ns: Callable[[], int] = stopwatch_ns,
    memory_bytes: int = MEMORY_BYTES,
) -> Linearizability:
    """Decide a history within `limit_s` seconds and about `memory_bytes`. Its operations are the model's."""
    deadline = now_ns() + int(limit_s * 1e9)
    by_key: dict[Hashable, list[Operation]] = defaultdict(list)
    for operation in operations:
        by_key[operation.key].append(operation)
    allowance = Allowance(memory_bytes)
    attempts: dict[Hashable, Attempt] = {}
    for key, items in by_key.items():
        attempts[key] = attempt(items, model, allowance) if now_ns() < deadline else Decided("unknown")
    _take_turns(list(attempts.values()), deadline, now_ns)
    answers = tuple(KeyVerdict(key, a.verdict, tuple(by_key[key]), a.order) for key, a in attempts.items())
    return Linearizability(_whole(answers), answers)


def _take_turns(attempts: Sequence[Attempt], deadline: int, now_ns: Callable[[], int]) -> None:
    """Give each attempt its budget, then each that is undecided four times as much, until a key is invalid."""
    budget = FIRST_BUDGET
    left = [one for one in attempts if one.verdict == "unknown"]
    while left and now_ns() < deadline and all(one.verdict != "invalid" for one in attempts):
        for trying in left:
            _advance(trying, budget, deadline, now_ns)
            if trying.verdict == "invalid":
                return
        left = [one for one in left if one.verdict == "unknown" and not one.is_full]
        budget *= 4


def _advance(attempt: Attempt, budget: int, deadline: int, now_ns: Callable[[], int]) -> None:
    while budget > 0 and attempt.verdict == "unknown" and not attempt.is_full and now_ns() < deadline:
        attempt.advance(SLICE)
        budget -= SLICE


def _whole(answers: Sequence[KeyVerdict]) -> Verdict:
    verdicts = {answer.verdict for answer in answers}
    return "invalid" if "invalid" in verdicts else "unknown" if "unknown" in verdicts else "valid"
