"""Sequential consistency: some order of all operations keeps that of each process and explains every answer.

Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs" (1979). It asks nothing
of time between processes, and unlike linearizability it must be judged for all keys together: each alone can have an
order that no order of all agrees with. What is linearizable is sequential; what is not causal is not. Between the two
there is a search, first of each key, then of the whole, that can run out of time or memory: then it is `unknown`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from twitterlab.bench import linearizability
from twitterlab.bench.consistency import causal
from twitterlab.bench.consistency.accesses import READS
from twitterlab.bench.consistency.answer import Answer, Breach, answer
from twitterlab.bench.consistency.interleaving import Interleaving
from twitterlab.bench.consistency.telling import WRITES, named
from twitterlab.bench.contradiction import shrunk
from twitterlab.bench.deciders.attempt import Allowance, Verdict
from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.bench.reductions import REDUCERS
from twitterlab.world.live import stopwatch_ns

KEY_STEPS = 50_000
"""Positions that the search of one key may visit."""
SHRINK_STEPS = 5_000
"""Positions for the search of a history made smaller; if that is not enough, the larger one stays."""
SLICE = 500
"""Positions between two looks at the clock."""
MEMORY_BYTES = 1_000_000_000
SHRINK_S = 10.0
"""How long a contradiction may be made smaller, in seconds."""


def check(
    operations: Sequence[Operation],
    model: Model,
    limit_s: float = 30.0,
    now_ns: Callable[[], int] = stopwatch_ns,
    memory_bytes: int = MEMORY_BYTES,
) -> Answer:
    """Judge a history of any model within `limit_s` and about `memory_bytes`."""
    deadline = now_ns() + int(limit_s * 1e9)
    count = len(operations)
    if linearizability.check(operations, model, limit_s / 4, now_ns, memory_bytes).verdict == "valid":
        return answer("sequential", count, [])
    if found := _uncausal(operations, model, limit_s / 4, now_ns):
        return replace(found, consistency="sequential")
    by_key: dict[Any, list[Operation]] = defaultdict(list)
    for operation in operations:
        by_key[operation.key].append(operation)
    kept = [operation for part in by_key.values() for operation in model.kept(part)]
    allowance = Allowance(memory_bytes)
    parts = [model.kept(part) for part in by_key.values()] if len(by_key) > 1 else []
    for part in parts:
        if _search(part, model, allowance, KEY_STEPS, deadline, now_ns) == "invalid":
            return answer("sequential", count, [_contradiction(part, model, now_ns)])
    verdict = _search(kept, model, allowance, 1 << 62, deadline, now_ns)
    if verdict == "invalid":
        return answer("sequential", count, [_contradiction(kept, model, now_ns)])
    reason = f"no order was found in {limit_s:g} s, nor that there is none" if verdict == "unknown" else ""
    return answer("sequential", count, [], reason)


def _search(
    operations: Sequence[Operation],
    model: Model,
    allowance: Allowance,
    steps: int,
    deadline: int,
    now_ns: Callable[[], int],
) -> Verdict:
    search = Interleaving(operations, model, allowance)
    while search.verdict == "unknown" and not search.is_full and steps > 0 and now_ns() < deadline:
        search.advance(SLICE)
        steps -= SLICE
    return search.verdict


def _uncausal(
    operations: Sequence[Operation], model: Model, limit_s: float, now_ns: Callable[[], int]
) -> Answer | None:
    """What causal convergence or causal memory already rules out."""
    if any(operation.f not in READS | WRITES for operation in operations):
        return None
    for is_convergent in (True, False):
        found = causal.check(operations, model, is_convergent, limit_s / 2, now_ns)
        if found.breaches:
            return found
    return None


def _contradiction(operations: Sequence[Operation], model: Model, now_ns: Callable[[], int]) -> Breach:
    """A few operations that have no order, of many that have none."""
    deadline = now_ns() + int(SHRINK_S * 1e9)

    def is_invalid(candidate: Sequence[Operation]) -> bool:
        steps = SHRINK_STEPS
        return _search(candidate, model, Allowance(MEMORY_BYTES), steps, deadline, now_ns) == "invalid"

    core = tuple(shrunk(sorted(operations, key=lambda o: o.invoked), REDUCERS[model.name], is_invalid))
    keys = ", ".join(sorted({named(operation.key) for operation in core}))
    lines = ", ".join(str(operation.line) for operation in core)
    told = f"no order of the operations of lines {lines} (on {keys}) keeps that of each process and explains them"
    return Breach("NoOrder", told, core)
