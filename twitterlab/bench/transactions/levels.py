"""Isolation levels: a history of transactions, a level, and the anomalies that this level rules out.

read-committed       G0, G1a, G1b, G1c, and what no store of lists does: read what nobody appended, or in two orders
snapshot-isolation   also lost updates, G-single and G-nonadjacent
serializable         also G2
sequential           also each cycle that needs the order of a process: serializable, and sessions keep theirs
linearizable         also each that needs the order of time: strictly serializable
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twitterlab.bench.collecting import no_collection
from twitterlab.bench.consistency.answer import Answer, Breach, answer
from twitterlab.bench.history import Operation
from twitterlab.bench.transactions.cyclic import OutOfTime, breaches
from twitterlab.bench.transactions.dependencies import of_lists, of_processes, of_time
from twitterlab.bench.transactions.direct import Direct
from twitterlab.bench.transactions.lists import keys_of
from twitterlab.errors import BadInput
from twitterlab.world.live import stopwatch_ns

LEVELS = ("read-committed", "snapshot-isolation", "serializable", "sequential", "linearizable")
_ALLOWED = {
    "read-committed": frozenset({"lost-update", "G-single", "G-nonadjacent", "G2"}),
    "snapshot-isolation": frozenset({"G2"}),
}
"""The anomalies that a level lets pass."""
_ORDERS = {"sequential": of_processes, "linearizable": of_time}
"""The order that a level adds, and that is looked at once there is nothing wrong without it."""


@no_collection()
def check(
    transactions: Sequence[Operation],
    level: str = "linearizable",
    limit_s: float = 30.0,
    now_ns: Callable[[], int] = stopwatch_ns,
) -> Answer:
    """Judge transactions, failed ones among them. BadInput for an unknown level, or a value appended twice."""
    if level not in LEVELS:
        raise BadInput(f"no consistency {level!r} of transactions", f"choose one of {', '.join(LEVELS)}")
    deadline = now_ns() + int(limit_s * 1e9)
    keys, quarrels = keys_of(transactions)
    found = list(Direct(transactions, keys).breaches(quarrels))
    reason = ""
    try:
        edges = list(of_lists(keys, transactions))
        found.extend(breaches(transactions, edges, lambda: now_ns() > deadline))
        if not found and level in _ORDERS:
            edges.extend(_ORDERS[level](transactions))
            found.extend(breaches(transactions, edges, lambda: now_ns() > deadline))
    except OutOfTime:
        reason = f"how grave a cycle is was not decided in {limit_s:g} s"
    return answer(level, len(transactions), _ruled_out(found, level), reason)


def _ruled_out(found: Sequence[Breach], level: str) -> list[Breach]:
    return [breach for breach in found if breach.pattern not in _ALLOWED.get(level, frozenset())]
