"""Session guarantees: known answers, and laws that relate them to causal consistency."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.bench.consistency import causal, sessions
from twitterlab.bench.models import model_named

REGISTER = model_named("register")
KNOWN = [
    ("0 write x 1\n0 read x 1", []),
    ("0 write x 1\n0 read x null", ["read your writes"]),
    ("0 write x 1\n0 write x 2\n0 read x 1", ["read your writes"]),
    ("1 write x 2\n0 write x 1\n0 read x 2", []),  # somebody else's, concurrent: it may have won
    ("0 write x 1 ?\n0 read x null", []),
    ("0 write x 1\n1 read x 1\n1 read x null", ["monotonic reads"]),
    ("0 write x 1\n0 write x 2\n1 read x 2\n1 read x 1", ["monotonic reads"]),
    ("0 write x 1\n1 write x 2\n2 read x 1\n2 read x 2\n2 read x 1", ["monotonic reads"]),
    ("0 write x 1\n1 write x 2\n2 read x 1\n2 read x 2\n3 read x 2\n3 read x 1", []),
    ("0 write x 1\n0 write y 2\n1 read y 2\n1 read x null", ["monotonic writes"]),
    ("0 write x 3\n0 write x 1\n0 write y 2\n1 read y 2\n1 read x 3", ["monotonic writes"]),
    ("0 write x 1\n0 write y 2\n1 read x null\n1 read y 2", []),
    ("0 write x 1\n1 read x 1\n1 write y 2\n2 read y 2\n2 read x null", ["writes follow reads"]),
    ("0 write x 1\n1 read x 1\n1 write y 2\n2 read y 2\n2 read x 1", []),
    ("0 write x 1\n0 read x null\n1 read x 1\n1 read x null", ["read your writes", "monotonic reads"]),
    ("0 write x 1\n0 read x null\n0 read x null\n0 read x 1", ["read your writes"] * 2),
    ("0 read x 7", ["ThinAirRead"]),
    ("0 read x 1\n0 write y 2\n1 read y 2\n1 write x 1", ["CyclicCO"]),
]


@pytest.mark.parametrize(("rows", "broken"), KNOWN, ids=range(len(KNOWN)))
def test_known_answers(history, rows: str, broken: list[str]) -> None:
    answer = sessions.check(history(rows), REGISTER)

    assert [breach.pattern for breach in answer.breaches] == broken
    assert answer.verdict == ("invalid" if broken else "valid")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_is_causal_keeps_every_guarantee(registers, data: st.DataObject) -> None:
    operations = data.draw(registers(9))

    if sessions.check(operations, REGISTER).verdict == "invalid":
        assert causal.check(operations, REGISTER).verdict == "invalid"
        assert causal.check(operations, REGISTER, is_convergent=True).verdict == "invalid"


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_two_processes_that_keep_every_guarantee_read_nothing_stale(registers, data: st.DataObject) -> None:
    operations = [o for o in data.draw(registers(9)) if o.process < 2]

    answer = causal.check(operations, REGISTER)

    if answer.verdict == "invalid" and answer.breaches[0].pattern in ("WriteCORead", "WriteCOInitRead"):
        assert sessions.check(operations, REGISTER).verdict == "invalid"


def test_one_guarantee_can_be_asked_for_alone(history) -> None:
    operations = history("0 write x 1\n0 read x null\n1 read x 1\n1 read x null")

    answer = sessions.check(operations, REGISTER, ["monotonic reads"])

    assert [breach.pattern for breach in answer.breaches] == ["monotonic reads"]


def test_a_breach_names_the_pair_and_its_lines(history) -> None:
    answer = sessions.check(history("0 write x 1\n0 read x null"), REGISTER)

    (breach,) = answer.breaches
    assert breach.said == "process 0 wrote x = 1 (line 1), and then process 0 read x = null (line 4), which is older"
    assert [operation.line for operation in breach.operations] == [1, 3]


def test_a_value_that_was_written_twice_is_judged_by_nobody(history) -> None:
    answer = sessions.check(history("0 write x 1\n1 write x 1\n2 read x 1\n2 read x null"), REGISTER)

    assert answer.verdict == "unknown"
    assert "line 3 writes 1 to x, which was written before" in answer.reason
