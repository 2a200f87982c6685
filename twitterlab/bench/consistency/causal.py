"""Causal consistency: nobody sees an effect before its cause. Causal memory, and causal convergence.

Both forbid that a read shows what was overwritten in its causal past. Causal memory (Ahamad et al., 1995) also wants
one order of the writes for each process that explains all its reads; causal convergence (Burckhardt, 2014) one order
for all of them, as last-writer-wins gives, and neither implies the other. Decided, where every value is written once
a key, by the bad patterns of Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal consistency" (2017), table 3:

both          ThinAirRead, CyclicCO, WriteCOInitRead, WriteCORead
memory        WriteHBInitRead, CyclicHB
convergence   CyclicCF
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twitterlab.bench.collecting import no_collection
from twitterlab.bench.consistency.accesses import INITIAL, accesses
from twitterlab.bench.consistency.answer import Answer, Breach, answer
from twitterlab.bench.consistency.causal_memory import OutOfTime, memory_breaches
from twitterlab.bench.consistency.cycles import some_cycle
from twitterlab.bench.consistency.happens_before import HappensBefore, TooLarge, predecessors, topological
from twitterlab.bench.consistency.overtaken import Overtaken, overtaken
from twitterlab.bench.consistency.patterns import first_breaches
from twitterlab.bench.consistency.telling import said, told_cycle
from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.world.live import stopwatch_ns


@no_collection()
def check(
    operations: Sequence[Operation],
    model: Model,
    is_convergent: bool = False,
    limit_s: float = 30.0,
    now_ns: Callable[[], int] = stopwatch_ns,
) -> Answer:
    """Judge a register or key-value history as causal memory, or for causal convergence."""
    deadline = now_ns() + int(limit_s * 1e9)
    found = accesses(operations, model, "causal consistency")
    breaches, reason = first_breaches(found), found.unclear
    if not breaches:
        try:
            order = HappensBefore(found)
            pairs = list(overtaken(order))
            breaches = _stale(order, pairs)
            if not breaches and is_convergent:
                breaches = _divided(order, pairs)
            elif not breaches:
                breaches.extend(memory_breaches(order, pairs, lambda: now_ns() > deadline))
        except TooLarge as problem:
            reason = str(problem)
        except OutOfTime:
            reason = f"not every process was judged in {limit_s:g} s"
    return answer("causal-convergence" if is_convergent else "causal", len(operations), breaches, reason)


def _stale(order: HappensBefore, pairs: Sequence[Overtaken]) -> list[Breach]:
    """Reads of what was overwritten in their causal past, each once."""
    nodes = order.accesses.nodes
    breaches: dict[int, Breach] = {}
    for write, source, read in pairs:
        if read in breaches:
            continue
        if source == INITIAL:
            told = f"{said(nodes[write])}; that happened before {said(nodes[read])}, which is what it began with"
            breaches[read] = Breach("WriteCOInitRead", told, (nodes[write], nodes[read]))
        elif order.precedes(source, write):
            told = f"{said(nodes[source])}; after that {said(nodes[write])}; and after both {said(nodes[read])}"
            breaches[read] = Breach("WriteCORead", told, (nodes[source], nodes[write], nodes[read]))
    return list(breaches.values())


def _divided(order: HappensBefore, pairs: Sequence[Overtaken]) -> list[Breach]:
    """Reads that no single order of the concurrent writes explains."""
    before = predecessors(order.accesses)
    because = {(write, source): read for write, source, read in pairs}
    for write, source in because:
        before[source].append(write)
    ordered = topological(before)
    if len(ordered) == len(before):
        return []
    cycle = some_cycle(set(range(len(before))) - set(ordered), before.__getitem__)[::-1]
    return [told_cycle("CyclicCF", order.accesses.nodes, cycle, because)]
