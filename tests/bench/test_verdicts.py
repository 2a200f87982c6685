"""`verify` against an oracle that shares no code with it: random files in the documented format, every order tried."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from twitterlab.bench.history import read_history
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import MODELS, model_named

NEVER = 10**9
Row = dict[str, Any]


# The oracle. It reads the lines itself, has its own idea of each model, and tries every order.


def text_of(value: Any) -> str:
    """A JSON value as one text: equal texts, equal values. 1 and 1.0 are one number; true is none."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{text_of(v)}" for k, v in sorted(value.items())) + "}"
    return json.dumps(value)


def register(state: Any, f: str, value: Any, answer: Any, is_known: bool) -> Any:
    if f == "read":
        return state if not is_known or text_of(answer) == text_of(state) else NO
    if f == "write":
        return value
    return value[1] if text_of(value[0]) == text_of(state) else NO


def kv(state: Any, f: str, value: Any, answer: Any, is_known: bool) -> Any:
    if f == "get":
        return state if not is_known or ("" if answer is None else answer) == state else NO
    if f == "put":
        return "" if value is None else value
    return state + value


def queue(state: Any, f: str, value: Any, answer: Any, is_known: bool) -> Any:
    if f == "enqueue":
        return [*state, value]
    if not is_known:
        return state[1:] if state else NO
    if answer is None:
        return NO if state else state
    return state[1:] if state and text_of(state[0]) == text_of(answer) else NO


def grow_set(state: Any, f: str, value: Any, answer: Any, is_known: bool) -> Any:
    if f == "add":
        return sorted({*state, text_of(value)})
    return state if not is_known or sorted({text_of(item) for item in answer or []}) == state else NO


NO = object()
Step = Callable[[Any, str, Any, Any, bool], Any]
STEPS: dict[str, tuple[Step, Any]] = {
    "register": (register, None),
    "cas-register": (register, None),
    "kv": (kv, ""),
    "queue": (queue, []),
    "set": (grow_set, []),
}


def oracle(text: str, model: str) -> str:
    """The verdict for a whole file."""
    step, initial = STEPS[model]
    by_key: dict[str, list[list[Any]]] = {}
    opened: dict[Any, list[Any]] = {}
    for place, row in enumerate(in_time(text)):
        process = text_of(row["process"])
        if row["type"] == "invoke":
            opened[process] = [place, NEVER, row["f"], row.get("value"), None, False]
            by_key.setdefault(text_of(row.get("key")), []).append(opened[process])
        elif row["type"] == "ok":
            opened[process][1], opened[process][4], opened[process][5] = place, row.get("value"), True
        elif row["type"] == "fail":
            by_key[text_of(row.get("key"))].remove(opened[process])
    return "valid" if all(explains(step, initial, operations) for operations in by_key.values()) else "invalid"


def in_time(text: str) -> list[Row]:
    """Rows in order of time; where it is left out, with the row before."""
    rows, time = [], float("-inf")
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip():
            row = json.loads(line)
            time = row.get("time") if row.get("time") is not None else time
            rows.append((time, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def explains(step: Step, initial: Any, operations: list[list[Any]]) -> bool:
    """Whether an order explains the answers: depth first over what was done and the state it led to."""
    seen: set[tuple[frozenset[int], str]] = set()
    definite = frozenset(i for i, each in enumerate(operations) if each[1] != NEVER)

    def explore(done: frozenset[int], state: Any) -> bool:
        if definite <= done:
            return True
        if (done, text_of(state)) in seen:
            return False
        seen.add((done, text_of(state)))
        limit = min(operations[i][1] for i in definite - done)
        for i, (called, _, f, value, answer, is_known) in enumerate(operations):
            if i in done or called > limit:
                continue
            after = step(state, f, value, answer, is_known)
            if after is not NO and explore(done | {i}, after):
                return True
        return False

    return explore(frozenset(), initial)


# Random files. Answers come from a copy that works, and then some are spoilt.

VALUES: dict[str, list[Any]] = {
    "register": [None, 0, 1, 1.0, True, "1", "", [1], {"a": 1}],
    "cas-register": [None, 0, 1, 2],
    "kv": ["a", "b", "ab", "", None],
    "queue": [1, 2, 1.0, True, "1", [None]],
    "set": [1, 2, 3, True, "1", None],
}


def a_file(
    random: Random, model: str, clients: int, calls: int, keys: Sequence[Any] = (), how_often_wrong: float | None = None
) -> str:
    """A history of one or two keys, as a file: some answers spoilt, lines out of order where they have times."""
    states: dict[Any, Any] = {}
    keys = keys or random.choice([["x"], ["x", "y"], [1, 2], ["x", None] if model != "kv" else ["x"]])
    running: dict[Any, tuple[str, Any, Any, Row | None]] = {}
    names: list[Any] = list(range(clients))
    rows: list[Row] = []
    how_often_wrong = random.choice([0.0, 0.1, 0.3]) if how_often_wrong is None else how_often_wrong
    repeats = random.random() < 0.5
    while calls or running:
        who = random.choice(names)
        if who not in running:
            if calls:
                calls -= 1
                f, value = a_call(random, model, None if repeats else calls)
                running[who] = (f, value, random.choice(keys), None)
                row: Row = {"process": who, "type": "invoke", "f": f, "key": running[who][2], "value": value}
                if row["key"] is None:
                    del row["key"]
                rows.append(row)
            continue
        f, value, key, end = running.pop(who)
        if end is None and random.random() < 0.6:
            running[who] = (f, value, key, an_end(random, model, states, (f, value, key), how_often_wrong))
            continue
        if end is None or random.random() < 0.1:
            if end is not None and end["type"] == "ok" and random.random() < 0.5:
                names[names.index(who)] = f"{who}+"  # never heard of again
                continue
            end = {"type": "info", "value": value}
        row = {"process": who, **end, "f": f, "key": key}
        if key is None:
            del row["key"]
        rows.append(row)
    return as_text(random, rows)


def a_call(random: Random, model: str, fresh: int | None) -> tuple[str, Any]:
    f = random.choice(sorted(MODELS[model].functions))
    if f in ("read", "get", "dequeue"):
        return f, None
    if f == "cas":
        return f, [random.choice(VALUES[model]), random.choice(VALUES[model])]
    values = [value for value in VALUES[model] if not (value is None and (model == "queue" or f == "append"))]
    value = random.choice(values) if fresh is None else fresh + 10
    return f, str(value) if model == "kv" and fresh is not None else value


def an_end(
    random: Random, model: str, states: dict[Any, Any], call: tuple[str, Any, Any], how_often_wrong: float
) -> Row:
    """What a working copy answers, or something else."""
    f, value, key = call
    step, initial = STEPS[model]
    state = states.get(key, initial)
    if f == "append" and not isinstance(state, str):
        return {"type": "fail", "value": value}
    answer = value
    if f in ("read", "get"):
        answer = [json.loads(item) for item in state] if model == "set" else state
        random.shuffle(answer) if isinstance(answer, list) and model == "set" else None
        answer = None if answer == "" and random.random() < 0.5 else answer
    elif f == "dequeue":
        answer = state[0] if state else None
    after = step(state, f, value, answer, True)
    if after is NO:
        return {"type": "fail", "value": value}
    states[key] = after
    kind = random.choice(["ok"] * 6 + ["info"])
    if f in ("read", "get", "dequeue") and random.random() < how_often_wrong:
        answer = random.choice(VALUES[model])
        answer = [answer] if model == "set" else answer
    return {"type": "fail" if random.random() < how_often_wrong / 3 else kind, "value": answer}


def as_text(random: Random, rows: list[Row]) -> str:
    """The rows as a file may have them: with times or without, shuffled where times order them, odd white space."""
    how = random.choice(["times", "shuffled", "none", "some", "equal"])
    for number, row in enumerate(rows):
        if how in ("times", "shuffled") or (how == "some" and random.random() < 0.5):
            row["time"] = number * 10 - 5
        elif how == "equal":
            row["time"] = number // 4
    if how == "shuffled":
        random.shuffle(rows)
    ending = random.choice(["\n", "\r\n", "\n\n", " \n"])
    return random.choice(["", "\ufeff"]) + ending.join(json.dumps(row) for row in rows) + random.choice(["", ending])


def disagreement(model: str, seed: int, folder: Path, clients: int = 4, calls: int = 8) -> tuple[str, str]:
    """The verdict, and the file where the oracle has another."""
    text = a_file(Random(f"{model}/{seed}"), model, clients, calls)
    path = folder / "history.jsonl"
    path.write_bytes(text.encode())
    found = check(read_history(path, model_named(model)), model_named(model)).verdict
    return found, "" if found == oracle(text, model) else text


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_verdict_is_that_of_an_oracle_that_tries_all_orders(model: str, tmp_path: Path) -> None:
    verdicts = set()
    for seed in range(300):
        verdict, text = disagreement(model, seed, tmp_path)
        assert not text, f"{model}, seed {seed}: not {verdict}:\n{text}"
        verdicts.add(verdict)

    assert verdicts == {"valid", "invalid"}


def timed(text: str, model: str, folder: Path) -> tuple[str, float]:
    """The verdict, and the processor seconds it took."""
    path = folder / "history.jsonl"
    path.write_bytes(text.encode())
    before_s = time.process_time()
    verdict = check(read_history(path, model_named(model)), model_named(model), limit_s=60.0).verdict
    return verdict, time.process_time() - before_s


@pytest.mark.parametrize("model", sorted(MODELS))
def test_ten_processes_a_hundred_keys_and_ten_thousand_operations_with_crashes_take_seconds(
    model: str, tmp_path: Path
) -> None:
    text = a_file(Random(model), model, 10, 10_000, keys=range(100), how_often_wrong=0.0)

    verdict, took_s = timed(text, model, tmp_path)

    assert text.count('"info"') > 500
    assert (verdict, took_s < 10.0) == ("valid", True), took_s


@pytest.mark.parametrize("model", sorted(MODELS))
def test_eight_at_a_time_on_one_key_and_two_hundred_operations_take_less_than_a_second(
    model: str, tmp_path: Path
) -> None:
    for seed in range(5):
        verdict, took_s = timed(a_file(Random(seed), model, 8, 200, ["x"], 0.0), model, tmp_path)
        assert (verdict, took_s < 1.0) == ("valid", True), f"{model}, seed {seed}: {took_s} s"


def test_a_key_that_grows_is_decided_in_the_time_of_its_length(tmp_path: Path) -> None:
    rows, grown = [], ""
    for number in range(1_500):
        letter, grown = "ab"[number % 2], grown + "ab"[number % 2]
        rows += [{"type": kind, "f": "append", "value": letter} for kind in ("invoke", "ok")]
        rows += [{"type": kind, "f": "get", "value": grown} for kind in ("invoke", "ok")]

    verdict, took_s = timed("\n".join(json.dumps({"process": 0, "key": "x", **row}) for row in rows), "kv", tmp_path)

    assert (verdict, took_s < 2.0) == ("valid", True), took_s


@pytest.mark.soak
@pytest.mark.parametrize("model", sorted(MODELS))
def test_ten_thousand_times(model: str, tmp_path: Path) -> None:
    judge = partial(disagreement, model, folder=tmp_path, clients=5, calls=11)
    for seed in range(1_000, 11_000):
        verdict, text = judge(seed)
        assert not text, f"{model}, seed {seed}: not {verdict}:\n{text}"
