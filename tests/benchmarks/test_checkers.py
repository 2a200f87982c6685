"""How many operations and transactions of a history are judged a second, and that four times as many cost no more each.

`pytest tests/benchmarks/test_checkers.py -m slow -s` prints the figures.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random

import pytest

from twitterlab.bench import linearizability
from twitterlab.bench.consistency import causal, sequential, sessions
from twitterlab.bench.history import Operation, parse_history
from twitterlab.bench.models import model_named
from twitterlab.bench.transactions.levels import check
from twitterlab.bench.transactions.list_append import parse_transactions
from twitterlab.world.live import stopwatch_ns

pytestmark = pytest.mark.slow
REGISTER = model_named("register")
SMALL, LARGE = 25_000, 100_000
BOUND = 0.4
"""Rate of the large history in rates of the small one: a quadratic checker would have a quarter."""
KEYS, CLIENTS, REPLICAS, LAG = 1_000, 12, 3, 200


def rate(judge: Callable[[], str], count: int) -> tuple[str, float]:
    start = stopwatch_ns()
    verdict = judge()
    return verdict, count * 1e9 / (stopwatch_ns() - start)


def replicated(count: int, newest_wins: bool, seed: int = 1) -> list[Operation]:
    """Twelve clients at three replicas, each of which hears the others' writes in causal order, hundreds of
    operations late, and shows the newest, or what came last."""
    random = Random(seed)
    logs: list[list[tuple[int, int, tuple[int, int], list[int]]]] = [[] for _ in range(REPLICAS)]
    heard = [[0] * REPLICAS for _ in range(REPLICAS)]
    copies: list[dict[int, tuple[tuple[int, int], int | None]]] = [{} for _ in range(REPLICAS)]
    operations = []
    for number in range(count):
        client, key = random.randrange(CLIENTS), random.randrange(KEYS)
        here = client % REPLICAS
        copy = copies[here]
        for other in range(REPLICAS):
            while other != here and heard[here][other] < len(logs[other]):
                at, other_key, stamp, known = logs[other][heard[here][other]]
                if at + LAG > number or any(known[r] > heard[here][r] for r in range(REPLICAS) if r != other):
                    break
                heard[here][other] += 1
                if not newest_wins or copy.get(other_key, ((-1, 0), None))[0] < stamp:
                    copy[other_key] = (stamp, stamp[0])
        place = 2 * number + 1
        if random.random() < 0.5:
            copy[key] = ((number, here), number)
            logs[here].append((number, key, (number, here), list(heard[here])))
            heard[here][here] += 1
            operations.append(Operation(client, "write", key, number, number, "ok", place, place + 1))
        else:
            value = copy.get(key, ((-1, 0), None))[1]
            operations.append(Operation(client, "read", key, None, value, "ok", place, place + 1))
    return operations


def one_copy_seen_late(count: int) -> list[Operation]:
    """Twelve clients on one copy, each of which sees it up to a hundred writes late: sequential, not linearizable."""
    random = Random(2)
    history: dict[int, list[tuple[int, int]]] = {}
    seen, writes, operations = [0] * CLIENTS, 0, []
    for number in range(count):
        client, key, place = random.randrange(CLIENTS), random.randrange(KEYS), 2 * number + 1
        if random.random() < 0.5:
            writes += 1
            history.setdefault(key, []).append((writes, number))
            seen[client] = writes
            operations.append(Operation(client, "write", key, number, number, "ok", place, place + 1))
        else:
            seen[client] = max(seen[client], writes - random.randrange(100))
            known = [value for at, value in history.get(key, ()) if at <= seen[client]]
            operations.append(
                Operation(client, "read", key, None, known[-1] if known else None, "ok", place, place + 1)
            )
    return operations


def transactions(count: int) -> list[Operation]:
    """One to four steps each on ten lists, which are left behind at a hundred values."""
    random = Random(3)
    names, lists, made = list(range(10)), dict[int, tuple[int, ...]](), []
    for number in range(count):
        steps = []
        for _ in range(random.randint(1, 4)):
            slot = random.randrange(10)
            values = lists.get(names[slot], ())
            if random.random() < 0.5:
                lists[names[slot]] = (*values, len(values))
                steps.append(("append", names[slot], len(values)))
                if len(values) == 99:
                    names[slot] = max(names) + 1
            else:
                steps.append(("read", names[slot], values))
        place = 2 * number + 1
        made.append(Operation(random.randrange(10), "txn", None, tuple(steps), tuple(steps), "ok", place, place + 1))
    return made


JUDGED = {
    "transactions, serializable": (transactions, lambda made: check(made, "serializable").verdict, "valid"),
    "transactions, linearizable": (transactions, lambda made: check(made, "linearizable").verdict, "valid"),
    "newest wins, session": (lambda n: replicated(n, True), lambda made: sessions.check(made, REGISTER).verdict, "valid"),
    "newest wins, causal-convergence": (
        lambda n: replicated(n, True), lambda made: causal.check(made, REGISTER, True).verdict, "valid",
    ),
    "last come, causal": (
        lambda n: replicated(n, False), lambda made: causal.check(made, REGISTER, limit_s=60).verdict, "valid",
    ),
    "seen late, sequential": (
        one_copy_seen_late, lambda made: sequential.check(made, REGISTER, limit_s=120).verdict, "valid",
    ),
    "seen late, linearizable": (
        one_copy_seen_late, lambda made: linearizability.check(made, REGISTER).verdict, "invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_the_time_of_a_verdict_grows_with_the_history(name: str) -> None:
    made, judge, verdict = JUDGED[name]
    rates = []
    for count in (SMALL, LARGE):
        operations = made(count)
        found, each_s = rate(lambda operations=operations: judge(operations), count)
        assert found == verdict
        rates.append(each_s)

    print(f"\n{name}: {rates[0]:,.0f}/s of {SMALL:,}, {rates[1]:,.0f}/s of {LARGE:,}")
    assert rates[1] > BOUND * rates[0]


def lines(operations: Sequence[Operation]) -> list[str]:
    """As a file would have them."""
    rows = []
    for o in operations:
        given = (
            [[f, key, value if f == "append" else None] for f, key, value in o.argument] if o.f == "txn" else o.argument
        )
        row = {"process": o.process, "f": o.f, "key": o.key}
        rows.append(json.dumps({**row, "type": "invoke", "value": given, "time": o.invoked}))
        rows.append(json.dumps({**row, "type": "ok", "value": o.result, "time": o.returned}))
    return rows


@pytest.mark.parametrize("name", ["operations", "transactions"])
def test_the_time_of_reading_grows_with_the_history(name: str) -> None:
    rates = []
    for count in (SMALL, LARGE):
        read = lines(transactions(count) if name == "transactions" else replicated(count, True))
        parse = parse_transactions if name == "transactions" else parse_history
        found, each_s = rate(lambda parse=parse, read=read: str(len(parse(read))), count)
        assert found == str(count)
        rates.append(each_s)

    print(f"\nreading {name}: {rates[0]:,.0f}/s of {SMALL:,}, {rates[1]:,.0f}/s of {LARGE:,}")
    assert rates[1] > BOUND * rates[0]
