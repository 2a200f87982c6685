"""Verdicts with known answers, and random histories against brute force."""

from __future__ import annotations

import itertools
import json
from random import Random

import pytest

from twitterlab.bench.history import OPEN, Operation, parse_history
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import IMPOSSIBLE, MODELS, Model, model_named
from twitterlab.errors import BadInput


def history(*events: str) -> list[Operation]:
    """Events as `process type f key value`, value in JSON."""
    lines = []
    for event in events:
        process, kind, f, key, value = event.split(maxsplit=4)
        lines.append(
            json.dumps({"process": int(process), "type": kind, "f": f, "key": key, "value": json.loads(value)})
        )
    return parse_history(lines)


KNOWN = [
    ("register", "valid", ("0 invoke write x 1", "0 ok write x 1", "0 invoke read x null", "0 ok read x 1")),
    ("register", "valid", ("0 invoke read x null", "0 ok read x null")),
    ("register", "invalid", ("0 invoke write x 1", "0 ok write x 1", "0 invoke read x null", "0 ok read x null")),
    ("register", "valid", ("0 invoke write x 1", "1 invoke read x null", "1 ok read x 1", "0 ok write x 1")),
    ("register", "valid", ("0 invoke write x 1", "1 invoke read x null", "1 ok read x null", "0 ok write x 1")),
    ("register", "valid", ("0 invoke write x 1", "0 info write x 1", "1 invoke read x null", "1 ok read x 1")),
    ("register", "valid", ("0 invoke write x 1", "0 info write x 1", "1 invoke read x null", "1 ok read x null")),
    ("register", "invalid", ("0 invoke write x 1", "0 fail write x 1", "1 invoke read x null", "1 ok read x 1")),
    ("register", "invalid", ("0 invoke write x 1", "0 info write x 1", "1 invoke read x null", "1 ok read x 1",
                             "1 invoke read x null", "1 ok read x null")),
    ("register", "invalid", ("0 invoke write x true", "0 ok write x true", "0 invoke read x null", "0 ok read x 1")),
    ("cas-register", "valid", ("0 invoke cas x [null,1]", "0 ok cas x [null,1]", "0 invoke read x null", "0 ok read x 1")),
    ("cas-register", "invalid", ("0 invoke cas x [2,1]", "0 ok cas x [2,1]")),
    ("cas-register", "invalid", ("0 invoke cas x [null,1]", "1 invoke cas x [null,2]", "0 ok cas x [null,1]",
                                 "1 ok cas x [null,2]")),
    ("cas-register", "valid", ("0 invoke cas x [null,1]", "0 info cas x [null,1]", "1 invoke cas x [1,2]", "1 ok cas x [1,2]")),
    ("kv", "valid", ("0 invoke get x null", '0 ok get x ""')),
    ("kv", "valid", ('0 invoke append x "a"', '0 ok append x "a"', "0 invoke get x null", '0 ok get x "a"')),
    ("kv", "valid", ("0 invoke put x null", "0 ok put x null", "0 invoke get x null", '0 ok get x ""')),
    ("kv", "invalid", ('0 invoke append x "a"', '1 invoke append x "b"', '0 ok append x "a"', '1 ok append x "b"',
                       "0 invoke get x null", '0 ok get x "a"')),
    ("kv", "valid", ('0 invoke append x "a"', '1 invoke append x "b"', '0 ok append x "a"', '1 info append x "b"',
                     "0 invoke get x null", '0 ok get x "a"', "0 invoke get x null", '0 ok get x "ab"')),
    ("kv", "invalid", ('0 invoke put x "a"', '0 ok put x "a"', '0 invoke put y "b"', '0 ok put y "b"',
                       "0 invoke get y null", '0 ok get y "a"')),
    ("queue", "valid", ("0 invoke enqueue q 1", "1 invoke enqueue q 2", "0 ok enqueue q 1", "1 ok enqueue q 2",
                        "0 invoke dequeue q null", "0 ok dequeue q 2", "0 invoke dequeue q null", "0 ok dequeue q 1")),
    ("queue", "invalid", ("0 invoke enqueue q 1", "0 ok enqueue q 1", "1 invoke enqueue q 2", "1 ok enqueue q 2",
                          "0 invoke dequeue q null", "0 ok dequeue q 2")),
    ("queue", "invalid", ("0 invoke enqueue q 1", "0 ok enqueue q 1", "0 invoke dequeue q null", "0 ok dequeue q null")),
    ("queue", "valid", ("0 invoke enqueue q 1", "0 ok enqueue q 1", "1 invoke dequeue q null", "1 info dequeue q null",
                        "0 invoke dequeue q null", "0 ok dequeue q null")),
    ("queue", "invalid", ("0 invoke enqueue q 1", "0 ok enqueue q 1", "0 invoke dequeue q null", "0 ok dequeue q 1",
                          "0 invoke dequeue q null", "0 ok dequeue q 1")),
    ("set", "valid", ("0 invoke add s 1", "1 invoke read s null", "1 ok read s []", "0 ok add s 1",
                      "1 invoke read s null", "1 ok read s [1]")),
    ("set", "invalid", ("0 invoke add s 1", "0 ok add s 1", "1 invoke read s null", "1 ok read s []")),
    ("set", "invalid", ("0 invoke add s 1", "0 info add s 1", "1 invoke read s null", "1 ok read s [1]",
                        "1 invoke read s null", "1 ok read s []")),
]  # fmt: skip


@pytest.mark.parametrize(("model", "verdict", "events"), KNOWN, ids=range(len(KNOWN)))
def test_known_answers(model: str, verdict: str, events: tuple[str, ...]) -> None:
    assert check(history(*events), model_named(model)).verdict == verdict


def random_history(random: Random, model: Model, clients: int, count: int, is_honest: bool) -> list[Operation]:
    """Clients against one copy; every operation takes effect somewhere inside its span. A dishonest copy
    sometimes answers from an older state. A sixth of the operations end unknown, with or without effect."""
    lines: list[str] = []
    state, older = model.initial, model.initial
    running: dict[int, tuple[str, object, object, bool] | None] = dict.fromkeys(range(clients))
    process_of = list(range(clients))
    started = 0
    while started < count or any(running.values()):
        client = random.randrange(clients)
        current = running[client]
        who = process_of[client]
        if current is None:
            if started == count:
                continue
            f = random.choice(sorted(model.functions))
            value: object = random.randrange(3)
            if "append" in model.functions:  # text alone: no get can answer what an append to a number leaves
                value = random.choice("ab")
            if f == "cas":
                value = [random.choice([None, 0, 1, 2]), random.randrange(3)]
            if f in ("read", "get", "dequeue"):
                value = None
            lines.append(json.dumps({"process": who, "type": "invoke", "f": f, "key": "x", "value": value}))
            running[client] = (f, value, None, False)
            started += 1
            continue
        f, value, answer, has_happened = current
        if not has_happened:
            seen = older if not is_honest and random.random() < 0.3 else state
            kind = "ok"
            if random.random() < 1 / 6:
                kind = "info"
            if kind == "info" and random.random() < 0.5:
                lines.append(json.dumps({"process": who, "type": "info", "f": f, "key": "x", "value": value}))
                process_of[client] += clients
                running[client] = None
                continue
            answer = value
            if f in ("read", "get"):
                answer = sorted(seen) if isinstance(seen, frozenset) else seen
            elif f == "dequeue":
                answer = seen[0] if seen else None  # type: ignore[index]
                older, state = state, state[1:] if state else state  # type: ignore[index]
            else:
                frozen_value = tuple(value) if isinstance(value, list) else value
                after = model.step(state, Operation(0, f, "x", frozen_value, None, "ok", 0, 0, 0, None))
                if after is IMPOSSIBLE:
                    lines.append(json.dumps({"process": who, "type": "fail", "f": f, "key": "x", "value": value}))
                    running[client] = None
                    continue
                older, state = state, after
            running[client] = (f, (kind, value), answer, True)
            continue
        kind, value = value  # type: ignore[misc]
        lines.append(
            json.dumps({"process": who, "type": kind, "f": f, "key": "x", "value": answer if kind == "ok" else value})
        )
        if kind == "info":
            process_of[client] += clients
        running[client] = None
    return parse_history(lines)


def brute_force(operations: list[Operation], model: Model) -> str:
    """Every subset of the indefinite operations, in every order that respects real time."""
    definite = [o for o in operations if o.returned != OPEN]
    maybe = [o for o in operations if o.returned == OPEN]

    def explore(state: object, left: tuple[Operation, ...]) -> bool:
        if not left:
            return True
        first_return = min(o.returned for o in left)
        for operation in left:
            if operation.invoked < first_return:
                after = model.step(state, operation)
                if after is not IMPOSSIBLE and explore(after, tuple(o for o in left if o is not operation)):
                    return True
        return False

    subsets = itertools.chain.from_iterable(itertools.combinations(maybe, k) for k in range(len(maybe) + 1))
    return "valid" if any(explore(model.initial, tuple(definite) + subset) for subset in subsets) else "invalid"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_agrees_with_brute_force(name: str) -> None:
    seen = set()
    for seed in range(250):
        random = Random(f"{name}/{seed}")
        operations = random_history(random, MODELS[name], 3, 6, is_honest=seed % 2 == 0)
        answer = check(operations, MODELS[name])
        assert answer.verdict == brute_force(operations, MODELS[name]), f"seed {name}/{seed}: {operations}"
        seen.add(answer.verdict)
        for key in answer.keys:  # a linearization replays
            state = MODELS[name].initial
            for operation in key.order:
                state = MODELS[name].step(state, operation)
                assert state is not IMPOSSIBLE
    assert seen == {"valid", "invalid"}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_honest_concurrency_of_eight_on_one_key_is_decided(name: str) -> None:
    operations = random_history(Random(f"long/{name}"), MODELS[name], 8, 200, is_honest=True)
    verdict = check(operations, MODELS[name], limit_s=2.0).verdict
    assert verdict == "valid" or (verdict == "unknown" and name == "queue")  # lost dequeues: 2**n ways


def test_a_hopeless_history_is_unknown_within_its_limit() -> None:
    ticks = itertools.count(0, 10**8)  # a stopwatch that shows a tenth of a second more at every look
    events = [f'{p} invoke append x "{"ab"[p % 2]}"' for p in range(26)]
    events += [f'{p} ok append x "{"ab"[p % 2]}"' for p in range(26)]
    events += ["0 invoke get x null", f'0 ok get x "{"a" * 14}{"b" * 12}"']  # one b too few
    assert check(history(*events), model_named("kv"), limit_s=1.0, now_ns=lambda: next(ticks)).verdict == "unknown"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "line 1: not a JSON object"),
        ('{"process": 1, "type": "maybe", "f": "read"}', "line 1: `type`"),
        ('{"process": 1, "type": "ok", "f": "read"}', "never began"),
        ('{"type": "invoke", "f": "read"}', "line 1: `process`"),
    ],
)
def test_bad_lines_are_named(line: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse_history([line])
