"""Promises that scenarios share: what a history must not show."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from twitterlab.bench.consistency import sessions
from twitterlab.bench.consistency.answer import Answer
from twitterlab.bench.consistency.convergence import divergences, last_reads, unasked
from twitterlab.bench.consistency.judging import judge
from twitterlab.bench.contradiction import contradiction
from twitterlab.bench.history import Operation, parse_history
from twitterlab.bench.history_page import in_words
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import model_named
from twitterlab.bench.transactions import levels
from twitterlab.bench.transactions.list_append import parse_transactions
from twitterlab.model.fault import FaultPlan
from twitterlab.stage.scenario import AGAIN, NS_PER_MS, Violation

LIMIT_S = 20.0


def not_linearizable(history: Sequence[str], model: str) -> list[Violation]:
    """One violation a key whose answers one copy could not have given; `unknown` is said, and is none."""
    chosen = model_named(model)
    answer = check(parse_history(history, "history", chosen), chosen, limit_s=LIMIT_S)
    return [
        Violation("linearizable", f"key {key.key}: {in_words(contradiction(key.operations, chosen))}")
        for key in answer.invalid
    ]


def not_sequential(history: Sequence[str], model: str) -> list[Violation]:
    """A violation where no order that keeps each client's own explains the answers."""
    return _broken(judge(by_client(history, model), model_named(model), "sequential", LIMIT_S))


def not_causal(history: Sequence[str], model: str, is_convergent: bool = False) -> list[Violation]:
    """Violations of causal memory, or of causal convergence, which is what last-writer-wins can promise."""
    name = "causal-convergence" if is_convergent else "causal"
    return _broken(judge(by_client(history, model), model_named(model), name, LIMIT_S))


def read_your_writes(history: Sequence[str], model: str) -> list[Violation]:
    """Violations where a client read what is older than its own write."""
    return _unguaranteed(history, model, "read your writes")


def monotonic_reads(history: Sequence[str], model: str) -> list[Violation]:
    """Violations where a client read what is older than what it had read."""
    return _unguaranteed(history, model, "monotonic reads")


def monotonic_writes(history: Sequence[str], model: str) -> list[Violation]:
    """Violations where a client saw a later write of another and then read what is older than an earlier one."""
    return _unguaranteed(history, model, "monotonic writes")


def writes_follow_reads(history: Sequence[str], model: str) -> list[Violation]:
    """Violations where a client saw a write and then read what is older than what its writer had read."""
    return _unguaranteed(history, model, "writes follow reads")


def replicas_converged(
    history: Sequence[str], model: str, replicas: Sequence[str], replica_of: Callable[[int], str], since_ms: float
) -> list[Violation]:
    """Violations where replicas answered differently, each for the last time, to reads called since then.

    `replica_of` says whom a client asks. A key that was not asked of a replica is a violation too: of the test.
    """
    chosen = model_named(model)
    since = 1 + sum(json.loads(line)["time"] < since_ms * NS_PER_MS for line in history)
    operations = by_client(history, model)
    finals = last_reads(operations, chosen, lambda process: replica_of(int(process)), since)
    return [Violation("replicas converged", found.said) for found in divergences(finals)] or [
        Violation("every replica is asked for every key at the end", missing) for missing in unasked(finals, replicas)
    ]


def not_serializable(history: Sequence[str], level: str = "linearizable") -> list[Violation]:
    """The anomalies of transactions on lists that a level rules out; by default those of strict serializability."""
    return _broken(levels.check(parse_transactions(history), level, LIMIT_S))


def no_progress(history: Sequence[str], plan: FaultPlan) -> list[Violation]:
    """A violation where clients asked after the healing and none had an answer."""
    late = [json.loads(line) for line in history]
    asked = [row for row in late if row["type"] == "invoke" and row["time"] > plan.heal_ms * NS_PER_MS]
    answered = [row for row in late if row["type"] == "ok" and row["time"] > plan.heal_ms * NS_PER_MS]
    if asked and not answered:
        return [Violation("progress", f"{len(asked)} calls after everything had healed, and no answer")]
    return []


def by_client(history: Sequence[str], model: str) -> list[Operation]:
    """The operations, those of a client that went on under a new number as its own."""
    operations = parse_history(history, "history", model_named(model))
    return [replace(one, process=one.process % AGAIN) if isinstance(one.process, int) else one for one in operations]


def _unguaranteed(history: Sequence[str], model: str, guarantee: sessions.Guarantee) -> list[Violation]:
    return _broken(sessions.check(by_client(history, model), model_named(model), [guarantee], LIMIT_S))


def _broken(answer: Answer) -> list[Violation]:
    """One violation a breach; `unknown` is none."""
    return [Violation(breach.pattern, breach.said) for breach in answer.breaches]
