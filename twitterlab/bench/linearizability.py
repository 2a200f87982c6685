"""Linearizability: could one copy, used by one client at a time, have given these answers?

The search is Wing and Gong's with Lowe's memo of (operations done, state), as in porcupine: a linked
list of calls and returns in order of time; an operation may come next if its call stands before every
return that is left. Keys are taken in turn under growing budgets, so that one hopeless key does not
starve the rest. An exhausted budget is `unknown`, never a guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models import IMPOSSIBLE, Model
from twitterlab.errors import BadInput
from twitterlab.world.live import stopwatch_ns

Verdict = Literal["valid", "invalid", "unknown"]
FIRST_BUDGET = 20_000
MAX_MEMO = 4_000_000
"""Pairs a search may remember: beyond, about 2 GB, it gives up as `unknown`."""


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """The answer for one key. `order` is a linearization, or the longest one found when invalid;
    `stuck` then holds the operations of which one should have come next and none could."""

    key: Any
    verdict: Verdict
    operations: tuple[Operation, ...]
    order: tuple[Operation, ...]
    stuck: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Linearizability:
    """The answer for a history: invalid if a key is, else unknown if a key is."""

    verdict: Verdict
    keys: tuple[KeyVerdict, ...] = field(default=())

    @property
    def invalid(self) -> tuple[KeyVerdict, ...]:
        return tuple(answer for answer in self.keys if answer.verdict == "invalid")


def check(
    operations: Sequence[Operation], model: Model, limit_s: float = 30.0, now_ns: Callable[[], int] = stopwatch_ns
) -> Linearizability:
    """Decide a history within `limit_s` seconds. BadInput for operations the model does not know."""
    by_key: dict[Hashable, list[Operation]] = defaultdict(list)
    for operation in operations:
        wrong = "" if operation.f in model.functions else f"{model.name} has no operation {operation.f!r}"
        if wrong := wrong or model.validate(operation):
            raise BadInput(f"line {operation.invoked}: {wrong}", "choose the model that fits, by --model")
        by_key[operation.key].append(operation)
    searches = [_Search(key, items, model) for key, items in by_key.items()]
    deadline, budget, waiting = now_ns() + int(limit_s * 1e9), FIRST_BUDGET, list(searches)
    while waiting and now_ns() < deadline and not any(search.verdict == "invalid" for search in searches):
        for search in waiting:
            left = budget
            while left > 0 and search.verdict == "unknown" and not search.is_full and now_ns() < deadline:
                search.advance(min(left, FIRST_BUDGET))
                left -= FIRST_BUDGET
        waiting = [search for search in waiting if search.verdict == "unknown" and not search.is_full]
        budget *= 4
    verdicts = {search.verdict for search in searches}
    whole: Verdict = "invalid" if "invalid" in verdicts else "unknown" if "unknown" in verdicts else "valid"
    return Linearizability(whole, tuple(search.answer() for search in searches))


class _Search:
    """One key's search, which can be stopped and taken up again."""

    def __init__(self, key: Any, operations: Sequence[Operation], model: Model) -> None:
        self.key = key
        self.verdict: Verdict = "unknown"
        self.is_full = False
        self._all = tuple(operations)
        kept = [
            o for o in operations if o.outcome == "ok" or model.is_observed(o, (x for x in operations if x is not o))
        ]
        self._operations = kept
        self._step = model.step
        count = len(kept)
        events = [(o.invoked, i) for i, o in enumerate(kept)]
        events += [(o.returned, i + count) for i, o in enumerate(kept) if o.returned != OPEN]
        events.sort()
        # The linked list: node i < count is the call of i, i + count its return; `head` and `tail` are sentinels.
        self._count, self._head, self._tail = count, 2 * count, 2 * count + 1
        self._next, self._previous = [0] * (2 * count + 2), [0] * (2 * count + 2)
        before = self._head
        for _, node in events:
            self._next[before], self._previous[node] = node, before
            before = node
        self._next[before], self._previous[self._tail] = self._tail, before
        self._open = [o.returned == OPEN for o in kept]
        self._definite = sum(not is_open for is_open in self._open)
        self._state: Any = model.initial
        self._done = 0
        self._stack: list[tuple[int, Any]] = []
        self._memo: set[tuple[int, Any]] = set()
        self._at = self._next[self._head]
        self._best: tuple[int, ...] = ()

    def advance(self, steps: int) -> None:
        """Search on for at most `steps` steps; sets `verdict` when decided."""
        following, previous, count, head = self._next, self._previous, self._count, self._head
        state, done, at, stack, memo = self._state, self._done, self._at, self._stack, self._memo
        definite = self._definite
        while steps > 0:
            steps -= 1
            if definite == 0:
                self.verdict, self._best = "valid", tuple(node for node, _ in stack)
                break
            if at < count:  # a call: may it come next?
                after = self._step(state, self._operations[at])
                if after is not IMPOSSIBLE:
                    pair = (done | (1 << at), after)
                    if pair not in memo:
                        memo.add(pair)
                        stack.append((at, state))
                        done, state = pair
                        self._lift(at)
                        if not self._open[at]:
                            definite -= 1
                        at = following[head]
                        continue
                at = following[at]
                continue
            # A return, or the end: something before it had to come first and could not.
            if len(stack) > len(self._best):
                self._best = tuple(node for node, _ in stack)
            if not stack:
                self.verdict = "invalid"
                break
            if len(memo) > MAX_MEMO:
                self.is_full = True
                memo.clear()
                break
            at, state = stack.pop()
            done &= ~(1 << at)
            self._unlift(at)
            if not self._open[at]:
                definite += 1
            at = following[at]
        self._state, self._done, self._at, self._definite = state, done, at, definite
        del previous

    def _lift(self, call: int) -> None:
        following, previous = self._next, self._previous
        for node in (call,) if self._open[call] else (call, call + self._count):
            following[previous[node]], previous[following[node]] = following[node], previous[node]

    def _unlift(self, call: int) -> None:
        following, previous = self._next, self._previous
        for node in (call,) if self._open[call] else (call + self._count, call):
            following[previous[node]] = previous[following[node]] = node

    def answer(self) -> KeyVerdict:
        order = tuple(self._operations[node] for node in self._best)
        stuck: tuple[Operation, ...] = ()
        if self.verdict == "invalid":
            done = set(self._best)
            left = [o for i, o in enumerate(self._operations) if i not in done]
            first_return = min((o.returned for o in left), default=OPEN)
            stuck = tuple(o for o in left if o.invoked < first_return)
        return KeyVerdict(self.key, self.verdict, self._all, order, stuck)
