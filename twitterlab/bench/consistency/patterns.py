"""Bad patterns that need no clocks: a value out of thin air, and an operation that happens before itself.

ThinAirRead and CyclicCO of Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal consistency" (2017).
"""

from __future__ import annotations

from twitterlab.bench.consistency.accesses import Accesses
from twitterlab.bench.consistency.answer import Breach
from twitterlab.bench.consistency.cycles import some_cycle
from twitterlab.bench.consistency.happens_before import predecessors, topological
from twitterlab.bench.consistency.telling import said


def first_breaches(found: Accesses) -> list[Breach]:
    """What no consistency of this folder allows; where it is empty, happens-before is an order."""
    airy = [
        Breach("ThinAirRead", f"{said(read)}, which nobody wrote, or only a write that failed", (read,))
        for read in found.thin_air
    ]
    before = predecessors(found)
    order = topological(before)
    if len(order) == len(before):
        return airy
    cycle = some_cycle(set(range(len(before))) - set(order), before.__getitem__)[::-1]
    operations = tuple(found.nodes[node] for node in cycle)
    told = "; ".join(map(said, operations))
    return [
        *airy,
        Breach(
            "CyclicCO", f"each of these happened before the next, and the last before the first: {told}", operations
        ),
    ]
