"""Sequential consistency: known answers, and drawn histories against every interleaving."""

from __future__ import annotations

from itertools import chain, combinations, count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.bench.consistency import causal, sequential
from twitterlab.bench.consistency.interleaving import Interleaving
from twitterlab.bench.deciders.attempt import Allowance
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.linearizability import check as linearizable
from twitterlab.bench.models import IMPOSSIBLE, MODELS, Model, model_named

REGISTER = model_named("register")
KNOWN = [
    ("register", "valid", "0 write x 1\n1 read x null"),  # late news, in no other order than it happened
    ("register", "invalid", "0 write x 1\n0 read x null"),
    ("register", "invalid", "0 write x 1\n0 read y null\n1 write y 1\n1 read x null"),  # Dekker: each key has an order
    ("register", "invalid", "0 write x 1\n1 write x 2\n2 read x 1\n2 read x 2\n3 read x 2\n3 read x 1"),
    ("register", "valid", "0 write x 1 ?\n0 read x null\n1 read x 1"),
    ("register", "invalid", "0 read x 1\n0 write x 2 ?\n1 read x 2\n1 write x 1"),
    ("register", "valid", "0 write x 1\n1 write x 1\n2 read x 1\n2 read x 1"),
    ("cas-register", "valid", "0 cas x [2,3]\n1 write x 2"),
    ("cas-register", "invalid", "0 cas x [null,1]\n1 cas x [null,2]"),
    ("kv", "valid", '0 append x "b"\n1 append x "a"\n2 get x "ab"'),
    ("kv", "invalid", '0 append x "a"\n0 append x "b"\n1 get x "ba"'),
    ("queue", "valid", "0 dequeue q 1\n1 enqueue q 1"),
    ("queue", "invalid", "0 enqueue q 1\n0 enqueue q 2\n1 dequeue q 2"),
    ("set", "valid", "0 add s 1\n1 read s []"),
    ("set", "invalid", "0 add s 1\n1 read s [1]\n1 read s []"),
]


@pytest.mark.parametrize(("model", "verdict", "rows"), KNOWN, ids=range(len(KNOWN)))
def test_known_answers(history, model: str, verdict: str, rows: str) -> None:
    assert sequential.check(history(rows), model_named(model)).verdict == verdict


def brute_force(operations: list[Operation], model: Model) -> str:
    """Every subset of the operations without an answer, in every order that keeps that of each process."""
    certain = [o for o in operations if o.returned != OPEN]
    maybe = [o for o in operations if o.returned == OPEN]

    def explored(states: dict[object, object], left: tuple[Operation, ...]) -> bool:
        for o in left:
            waits = any(w.process == o.process and w.invoked < o.invoked and w.returned != OPEN for w in left)
            after = IMPOSSIBLE if waits else model.step(states.get(o.key, model.initial), o)
            if after is not IMPOSSIBLE and explored(states | {o.key: after}, tuple(w for w in left if w is not o)):
                return True
        return not left

    subsets = chain.from_iterable(combinations(maybe, size) for size in range(len(maybe) + 1))
    return "valid" if any(explored({}, (*certain, *subset)) for subset in subsets) else "invalid"


def searched(operations: list[Operation], model: Model) -> str:
    """The search alone, without what is decided before it."""
    keys = {operation.key for operation in operations}
    kept = [o for key in keys for o in model.kept([o for o in operations if o.key == key])]
    search = Interleaving(kept, model, Allowance(10**9))
    search.advance(10**7)
    return search.verdict


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_registers_agree_with_brute_force_and_what_is_sequential_is_causal(registers, data: st.DataObject) -> None:
    operations = data.draw(registers(7))

    verdict = sequential.check(operations, REGISTER).verdict

    assert verdict == brute_force(operations, REGISTER) == searched(operations, REGISTER)
    if verdict == "valid":
        assert causal.check(operations, REGISTER).verdict == "valid"
        assert causal.check(operations, REGISTER, is_convergent=True).verdict == "valid"


def drawn(random: Random, model: Model, most: int) -> list[Operation]:
    """Three processes, two keys, few values, answers as any of a few copies would give them."""
    copies: list[dict[str, object]] = [{}, {}]
    operations = []
    for place in range(most):
        f, key = random.choice(sorted(model.functions)), random.choice("xy")
        copy = random.choice(copies)
        state = copy.get(key, model.initial)
        argument: object = random.choice("ab") if model.name == "kv" else random.randrange(2)
        result: object = None
        if f == "cas":
            argument = (state, argument)
        if f in model.reads:
            argument, result = None, tuple(state) if isinstance(state, frozenset) else state
        if f == "dequeue":
            result = state[0] if state else None  # type: ignore[index]
        returned = OPEN if random.random() < 0.1 else 2 * place + 2
        outcome = "info" if returned == OPEN else "ok"
        operations.append(Operation(random.randrange(3), f, key, argument, result, outcome, 2 * place + 1, returned))
        after = model.step(state, operations[-1])
        for one in copies if random.random() < 0.6 else [copy]:
            one[key] = state if after is IMPOSSIBLE else after
    return operations


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_agrees_with_brute_force(name: str) -> None:
    verdicts, needed = set(), 0
    for seed in range(150):
        operations = drawn(Random(f"{name}/{seed}"), MODELS[name], 7)

        verdict = sequential.check(operations, MODELS[name]).verdict

        assert verdict == brute_force(operations, MODELS[name]), f"seed {seed}: {operations}"
        assert verdict == searched(operations, MODELS[name]), f"seed {seed}: {operations}"
        verdicts.add(verdict)
        needed += verdict == "valid" and linearizable(operations, MODELS[name]).verdict == "invalid"
    assert verdicts == {"valid", "invalid"} and needed, "every way through the checker was tried"


@pytest.mark.parametrize("more", ["", "\n3 write q 1\n3 write q 1"], ids=["told by place", "told by state"])
def test_a_place_is_not_given_up_for_a_state_that_another_way_to_it_would_not_have(history, more: str) -> None:
    rows = "0 write x 1\n0 write u 1\n1 write x 2\n1 write z 1\n2 read z 1\n2 read u 1\n2 write y 5\n2 read x 1"

    assert searched(history(rows + more), REGISTER) == "valid"


@pytest.mark.parametrize("values", [2, 100])
def test_an_order_that_the_file_does_not_suggest_is_found(values: int) -> None:
    """What really happened, written down one process after the other; every third time a read is wrong."""
    seen = set()
    for seed in range(300):
        random, state, happened = Random(f"{values}/{seed}"), {"x": None, "y": None}, []
        for number in range(9):
            process, key = random.randrange(3), random.choice("xy")
            if random.random() < 0.5:
                state[key] = number % values
                happened.append((process, "write", key, state[key]))
            else:
                is_wrong = seed % 3 == 0 and random.random() < 0.3
                happened.append((process, "read", key, random.randrange(9) % values if is_wrong else state[key]))
        happened.sort(key=lambda row: row[0])
        operations = [
            Operation(process, f, key, value, value, "ok", 2 * place + 1, 2 * place + 2)
            for place, (process, f, key, value) in enumerate(happened)
        ]

        verdict = searched(operations, REGISTER)

        assert verdict == brute_force(operations, REGISTER), f"seed {seed}: {happened}"
        seen.add(verdict)
    assert seen == {"valid", "invalid"}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_an_order_that_was_found_replays(name: str) -> None:
    found = 0
    for seed in range(60):
        operations = [o for o in drawn(Random(f"replay/{name}/{seed}"), MODELS[name], 8) if o.returned != OPEN]
        search = Interleaving(operations, MODELS[name], Allowance(10**9))
        search.advance(10**6)
        if search.verdict != "valid":
            continue
        found += 1
        states: dict[object, object] = {}
        for operation in search.order:
            states[operation.key] = MODELS[name].step(states.get(operation.key, MODELS[name].initial), operation)
            assert states[operation.key] is not IMPOSSIBLE
        assert sorted(o.invoked for o in search.order) == [o.invoked for o in operations]
        for process in range(3):
            places = [o.invoked for o in search.order if o.process == process]
            assert places == sorted(places)
    assert found > 5


def test_a_contradiction_is_small(history) -> None:
    noise = "\n".join(f"{2 + n % 2} write z{n % 3} {n}\n{2 + n % 2} read z{n % 3} {n}" for n in range(30))
    dekker = "0 write x 1\n0 read y null\n1 write y 1\n1 read x null"

    answer = sequential.check(history(f"{noise}\n{dekker}"), REGISTER)

    (breach,) = answer.breaches
    assert breach.pattern == "NoOrder"
    assert [(o.f, o.key) for o in breach.operations] == [("write", "x"), ("read", "y"), ("write", "y"), ("read", "x")]


def test_what_is_not_even_causal_is_told_as_that(history) -> None:
    answer = sequential.check(history("0 write x 1\n0 read x null"), REGISTER)

    assert [breach.pattern for breach in answer.breaches] == ["WriteCOInitRead"]


def test_a_replica_that_lags_is_sequential() -> None:
    """Four processes write on one copy, and each sees it some hundred operations late."""
    random, log, operations = Random(1), [], []
    seen = [0] * 4
    for number in range(4_000):
        process, key = random.randrange(4), random.randrange(20)
        if random.random() < 0.5:
            operations.append(Operation(process, "write", key, number, number, "ok", 2 * number, 2 * number + 1))
            log.append((key, number))
            seen[process] = len(log)
        else:
            seen[process] = max(seen[process], min(len(log), seen[process] + random.randrange(40)))
            value = next((value for k, value in reversed(log[: seen[process]]) if k == key), None)
            operations.append(Operation(process, "read", key, None, value, "ok", 2 * number, 2 * number + 1))

    assert linearizable(operations, REGISTER).verdict == "invalid"
    assert sequential.check(operations, REGISTER).verdict == "valid"


def test_a_hopeless_history_is_unknown_within_its_limit(history) -> None:
    rows = "\n".join(f'{p} append x "{"ab"[p % 2]}"' for p in range(24))
    ticks = count(0, 10**8)

    answer = sequential.check(
        history(f'{rows}\n0 get x "{"a" * 13}{"b" * 11}"'), model_named("kv"), limit_s=1.0, now_ns=ticks.__next__
    )

    assert answer.verdict == "unknown"
    assert "no order was found in 1 s" in answer.reason
