"""Benchmark of the checkers: a history judged linearizable, and the same operations replayed in a known good order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from twitterlab.bench.history import Operation
from twitterlab.bench.linearizability import check
from twitterlab.bench.models.model import IMPOSSIBLE
from twitterlab.bench.models.register import Register
from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.workbook import Workbook
from twitterlab.world.chance import SeededChance

KEYS, CLIENTS = 10, 10


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    """Ten keys, ten clients at once on each. A history with one answer from the past must be found out."""
    model = Register(has_cas=False)
    orders = [_history(key, 100 if is_short else 500) for key in range(KEYS)]
    operations = [operation for order in orders for operation in order]
    broken = [*operations]
    last = max(place for place, one in enumerate(broken) if one.f == "read" and one.result != 1)
    broken[last] = replace(broken[last], result=1)

    def replay() -> None:
        for order in orders:
            state: object = model.initial
            for operation in order:
                state = model.step(state, operation)
                assert state is not IMPOSSIBLE

    wrong = (check(operations, model).verdict != "valid") + (check(broken, model).verdict != "invalid")
    count = len(operations)
    yield Contest(lambda: check(operations, model), replay, count, count, {"wrong verdicts": wrong})


def _history(key: int, count: int) -> list[Operation]:
    """Operations in the order they took effect; each is called up to `CLIENTS` places before and answered as far after."""
    chance = SeededChance(1, f"history {key}")
    operations: list[Operation] = []
    value: int | None = None
    for place in range(count):
        is_write = place == 0 or chance.random() < 0.3
        value = place + 1 if is_write else value
        called, answered = (
            2 * CLIENTS * place - chance.below(CLIENTS),
            2 * CLIENTS * (place + 1) + chance.below(CLIENTS),
        )
        operations.append(
            Operation(
                place % CLIENTS,
                "write" if is_write else "read",
                key,
                value if is_write else None,
                None if is_write else value,
                "ok",
                called + CLIENTS + 1,
                answered + CLIENTS + 1,
            )
        )
    return operations
