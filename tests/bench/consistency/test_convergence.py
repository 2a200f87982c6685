"""Replicas after the healing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twitterlab.bench.consistency.convergence import Divergence, divergences, last_reads, unasked
from twitterlab.bench.models import model_named

STORES = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2))


@given(STORES, st.integers(1, 4))
def test_equal_replicas_have_converged(store: dict[str, int], count: int) -> None:
    assert divergences({f"r{number}": dict(store) for number in range(count)}) == []


@given(st.dictionaries(st.sampled_from("abc"), STORES, min_size=1))
def test_a_key_diverges_where_two_replicas_show_two_values(finals: dict[str, dict[str, int]]) -> None:
    different = {key for key in "xyz" if len({store[key] for store in finals.values() if key in store}) > 1}

    found = divergences(finals)

    assert {divergence.key for divergence in found} == different
    for divergence in found:
        assert {replica: value for value, replicas in divergence.shown_by for replica in replicas} == {
            replica: store[divergence.key] for replica, store in finals.items() if divergence.key in store
        }


def test_a_replica_that_was_not_asked_is_not_judged() -> None:
    assert divergences({"oregon": {"x": 1}, "paris": {}}) == []
    assert len(divergences({"oregon": {"x": 1}, "paris": {"x": None}})) == 1


def test_it_says_which_replica_shows_what() -> None:
    (found,) = divergences({"oregon": {"x": 1}, "paris": {"x": 2}, "tokyo": {"x": 1}})

    assert found == Divergence("x", ((1, ("oregon", "tokyo")), (2, ("paris",))))
    assert found.said == "x is 1 at oregon, tokyo; 2 at paris"


def test_the_last_read_of_each_key_at_each_replica_counts(history) -> None:
    rows = "0 write x 1\n0 read x 1\n1 read x null\n1 read x 1\n2 read y null\n0 read x 1 ?"

    finals = last_reads(history(rows), model_named("register"), lambda process: f"replica-{process}")

    assert finals == {"replica-0": {"x": 1}, "replica-1": {"x": 1}, "replica-2": {"y": None}}
    assert unasked(finals, ["replica-0", "replica-1"]) == [
        "replica-0 was not asked for y",
        "replica-1 was not asked for y",
    ]


def test_reads_before_the_moment_do_not_count(history) -> None:
    operations = history("0 write x 1\n1 read y null\n0 read x 1\n1 read x 1")

    assert last_reads(operations, model_named("register"), str, since=5) == {"0": {"x": 1}, "1": {"x": 1}}


def test_a_set_is_the_same_in_any_order(history) -> None:
    operations = history("0 add s 1\n0 add s 2\n1 read s [1,2]\n2 read s [2,1]")

    assert divergences(last_reads(operations, model_named("set"), str)) == []
