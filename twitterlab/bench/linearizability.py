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

from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.bench.search import Allowance, Search, Verdict
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
    answers: dict[Hashable, KeyVerdict] = {}
    searches: dict[Hashable, Search] = {}
    allowance = Allowance(memory_bytes)
    for key, items in by_key.items():
        decision = model.decide(model.kept(items)) if now_ns() < deadline else None
        if decision:
            answers[key] = KeyVerdict(key, decision.verdict, tuple(items), decision.order)
        else:
            searches[key] = Search(items, model, allowance)
    if not any(answer.verdict == "invalid" for answer in answers.values()):
        _take_turns(list(searches.values()), deadline, now_ns)
    for key, search in searches.items():
        answers[key] = KeyVerdict(key, search.verdict, tuple(by_key[key]), search.order)
    return Linearizability(_whole(answers.values()), tuple(answers[key] for key in by_key))


def _take_turns(searches: list[Search], deadline: int, now_ns: Callable[[], int]) -> None:
    """Give each search its budget, then each that is undecided four times as much, until one is invalid."""
    budget = FIRST_BUDGET
    while searches and now_ns() < deadline:
        for search in searches:
            left = budget
            while left > 0 and search.verdict == "unknown" and not search.is_full and now_ns() < deadline:
                search.advance(SLICE)
                left -= SLICE
            if search.verdict == "invalid":
                return
        searches = [search for search in searches if search.verdict == "unknown" and not search.is_full]
        budget *= 4


def _whole(answers: Any) -> Verdict:
    verdicts = {answer.verdict for answer in answers}
    return "invalid" if "invalid" in verdicts else "unknown" if "unknown" in verdicts else "valid"
