"""Causal memory and causal convergence: known answers, and drawn histories against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.bench.consistency import causal
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.models import model_named
from twitterlab.errors import BadInput

REGISTER = model_named("register")

# From figure 3 of Bouajjani et al. (2017), and others. Rows are in the order of the file, not of time.
KNOWN = [
    ("", "valid", "valid"),
    ("0 write x 1\n1 read x null", "valid", "valid"),  # nobody told process 1
    ("0 write x 1\n0 write x 2\n1 read x 2\n1 read x 1", "WriteCORead", "WriteCORead"),
    ("0 write x 1\n0 write y 2\n1 read y 2\n1 read x null", "WriteCOInitRead", "WriteCOInitRead"),
    ("0 read x 7", "ThinAirRead", "ThinAirRead"),
    ("0 read x 1\n0 write y 2\n1 read y 2\n1 write x 1", "CyclicCO", "CyclicCO"),
    # 3a: two processes see two concurrent writes in two orders: memory may, convergence may not
    ("0 write x 1\n0 read x 2\n1 write x 2\n1 read x 1", "valid", "CyclicCF"),
    # 3b: last writer wins: convergent, and no order of process 1 explains z = null before y = 1
    ("0 write z 1\n0 write x 1\n0 write y 1\n1 write x 2\n1 read z null\n1 read y 1\n1 read x 2", "WriteHBInitRead", "valid"),
    # 3c: back to a value that was replaced by a concurrent one
    ("0 write x 1\n1 write x 2\n2 read x 1\n2 read x 2\n2 read x 1", "CyclicHB", "CyclicCF"),
    # a write without an answer may come later, or never, or be what was read
    ("0 write x 1 ?\n0 read x null", "valid", "valid"),
    ("0 write x 1 ?\n0 read x null\n1 read x 1", "valid", "valid"),
    ("0 write x 1\n0 write x 2 ?\n1 read x 2\n1 read x 1", "WriteCORead", "WriteCORead"),
    # written twice: who read which?
    ("0 write x 1\n1 write x 1\n2 read x 1", "unknown", "unknown"),
    ("0 write x 1\n1 write x 1\n2 read x 1\n0 write y 2\n0 read y null", "WriteCOInitRead", "WriteCOInitRead"),
]  # fmt: skip


@pytest.mark.parametrize("is_convergent", [False, True])
@pytest.mark.parametrize(("rows", "memory", "convergence"), KNOWN, ids=range(len(KNOWN)))
def test_known_answers(history, rows: str, memory: str, convergence: str, is_convergent: bool) -> None:
    answer = causal.check(history(rows) if rows else [], REGISTER, is_convergent)

    assert (answer.breaches[0].pattern if answer.breaches else answer.verdict) == (
        convergence if is_convergent else memory
    )


def happened_before(operations: list[Operation]) -> dict[int, set[int]]:
    """What happened before each operation, by its place; the sources of reads are unique."""
    before = {o.invoked: set() for o in operations}
    for o in operations:
        for other in operations:
            same = other.process == o.process and other.invoked < o.invoked and other.returned != OPEN
            if same or (o.f == "read" and other.f == "write" and (other.key, other.argument) == (o.key, o.result)):
                before[o.invoked].add(other.invoked)
    for _ in operations:
        for past in before.values():
            past |= {earlier for one in past for earlier in before[one]}
    return before


def explained(operations: list[Operation], before: dict[int, set[int]], state: dict[str, object]) -> bool:
    """Whether some order that respects `before` explains the reads."""
    left = {o.invoked for o in operations}
    if not operations:
        return True
    for o in operations:
        if before[o.invoked] & left or (o.f == "read" and state.get(o.key) != o.result):
            continue
        after = state | {o.key: o.argument} if o.f == "write" else state
        if explained([other for other in operations if other is not o], before, after):
            return True
    return False


def is_sensible(operations: list[Operation], before: dict[int, set[int]]) -> bool:
    written = {(o.key, o.argument) for o in operations if o.f == "write"}
    airy = any(o.f == "read" and o.result is not None and (o.key, o.result) not in written for o in operations)
    return not airy and not any(o.invoked in before[o.invoked] for o in operations)


def without_unseen(operations: list[Operation]) -> list[Operation]:
    seen = {(o.key, o.result) for o in operations if o.f == "read"}
    return [o for o in operations if o.returned != OPEN or (o.key, o.argument) in seen]


def is_memory(operations: list[Operation]) -> bool:
    """By definition: each process has an order of all writes and its own reads."""
    operations = without_unseen(operations)
    before = happened_before(operations)
    return is_sensible(operations, before) and all(
        explained([o for o in operations if o.f == "write" or o.process == process], before, {})
        for process in {o.process for o in operations}
    )


def is_convergent(operations: list[Operation]) -> bool:
    """By definition: one order of the writes; each read shows the last of those that happened before it."""
    operations = without_unseen(operations)
    before = happened_before(operations)

    def ranked(left: list[Operation], order: list[Operation]) -> bool:
        if not left:
            return all(
                o.result == next((w.argument for w in reversed(order) if w.key == o.key and w.invoked in before[o.invoked]), None)
                for o in operations
                if o.f == "read"
            )  # fmt: skip
        return any(
            ranked([other for other in left if other is not o], [*order, o])
            for o in left
            if not before[o.invoked] & {other.invoked for other in left}
        )

    return is_sensible(operations, before) and ranked([o for o in operations if o.f == "write"], [])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_causal_memory_is_what_its_definition_says(registers, data: st.DataObject) -> None:
    operations = data.draw(registers(9))

    assert (causal.check(operations, REGISTER).verdict == "valid") == is_memory(operations)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_causal_convergence_is_what_its_definition_says(registers, data: st.DataObject) -> None:
    operations = data.draw(registers(8))

    assert (causal.check(operations, REGISTER, is_convergent=True).verdict == "valid") == is_convergent(operations)


def test_a_key_value_store_reads_null_and_the_empty_text_as_nothing(history) -> None:
    rows = '0 put x 1\n1 get x null\n1 get x ""\n1 get x 1\n1 get x ""'

    answer = causal.check(history(rows), model_named("kv"))

    assert [breach.pattern for breach in answer.breaches] == ["WriteCOInitRead"]


def test_other_operations_are_refused_with_their_line(history) -> None:
    with pytest.raises(BadInput, match="line 3: causal consistency is defined for reads and writes, not for `append`"):
        causal.check(history('0 put x "a"\n0 append x "b"'), model_named("kv"))


def test_a_breach_names_its_lines(history) -> None:
    answer = causal.check(history("0 write x 1\n0 write x 2\n1 read x 2\n1 read x 1"), REGISTER)

    assert answer.breaches[0].said == (
        "process 0 wrote x = 1 (line 1); after that process 0 wrote x = 2 (line 3); "
        "and after both process 1 read x = 1 (line 8)"
    )


def test_late_is_unknown(history) -> None:
    rows = "0 write x 1\n1 write x 2\n2 read x 1\n2 read x 2\n2 read x 1"

    assert (
        causal.check(history(rows), REGISTER, limit_s=1e-9, now_ns=iter(range(0, 10**9, 10**3)).__next__).verdict
        == "unknown"
    )
