"""Growth: a set that only grows, decided in O(n log n) and the size of what was read.

What was read must form a chain, which ranks the reads by size (odd ranks); an element was added just
before the first read that has it (even ranks). No operation may rank below one that ended before it
began. A repeated add may come later than its slot, but one of an element's adds must be in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twitterlab.bench.deciders.attempt import Decided
from twitterlab.bench.history import OPEN, Operation


def decide(operations: Sequence[Operation]) -> Decided:
    """The verdict on adds and reads of one set."""
    answers = {o.invoked: frozenset(o.result or ()) for o in operations if o.f == "read"}
    chain = sorted(set(answers.values()), key=len)
    slots = _slots(chain)
    if slots is None:
        return Decided("invalid")
    steps = {answer: 2 * place + 1 for place, answer in enumerate(chain)}
    places = {o.invoked: steps[answers[o.invoked]] for o in operations if o.f == "read"}
    places |= {o.invoked: slots.get(o.argument, 2 * len(chain)) for o in operations if o.f == "add"}
    ranks = _ranks(operations, places)
    if ranks is None:
        return Decided("invalid")
    added = {o.argument for o in operations if o.f == "add" and ranks[o.invoked] == places[o.invoked]}
    if not slots.keys() <= added:
        return Decided("invalid")
    return Decided("valid", tuple(sorted(operations, key=lambda o: (ranks[o.invoked], o.invoked))))


def _slots(chain: list[frozenset[Any]]) -> dict[Any, int] | None:
    """The rank just before the first set with each element; None when the sets form no chain."""
    slots: dict[Any, int] = {}
    before: frozenset[Any] = frozenset()
    for place, answer in enumerate(chain):
        if not before <= answer:
            return None
        slots.update(dict.fromkeys(answer - before, 2 * place))
        before = answer
    return slots


def _ranks(operations: Sequence[Operation], places: dict[int, int]) -> dict[int, int] | None:
    """Each operation's lowest rank that time allows; None when a read would rank above its answer."""
    events = [(o.invoked, False, o) for o in operations]
    events += [(o.returned, True, o) for o in operations if o.returned != OPEN]
    ranks: dict[int, int] = {}
    passed = 0
    for _, is_return, operation in sorted(events, key=lambda event: event[0]):
        if is_return:
            passed = max(passed, ranks[operation.invoked])
            continue
        ranks[operation.invoked] = max(places[operation.invoked], passed)
        if operation.f == "read" and passed > places[operation.invoked]:
            return None
    return ranks
