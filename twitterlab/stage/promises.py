"""Promises that scenarios share: what a history must not show."""

from __future__ import annotations

import json
from collections.abc import Sequence

from twitterlab.bench.contradiction import contradiction
from twitterlab.bench.history import parse_history
from twitterlab.bench.history_page import in_words
from twitterlab.bench.linearizability import check
from twitterlab.bench.models import model_named
from twitterlab.model.fault import FaultPlan
from twitterlab.stage.scenario import NS_PER_MS, Violation

LIMIT_S = 20.0


def not_linearizable(history: Sequence[str], model: str) -> list[Violation]:
    """One violation a key whose answers one copy could not have given; `unknown` is said, and is none."""
    chosen = model_named(model)
    answer = check(parse_history(history, "history", chosen), chosen, limit_s=LIMIT_S)
    return [
        Violation("linearizable", f"key {key.key}: {in_words(contradiction(key.operations, chosen))}")
        for key in answer.invalid
    ]


def no_progress(history: Sequence[str], plan: FaultPlan) -> list[Violation]:
    """A violation where clients asked after the healing and none had an answer."""
    late = [json.loads(line) for line in history]
    asked = [row for row in late if row["type"] == "invoke" and row["time"] > plan.heal_ms * NS_PER_MS]
    answered = [row for row in late if row["type"] == "ok" and row["time"] > plan.heal_ms * NS_PER_MS]
    if asked and not answered:
        return [Violation("progress", f"{len(asked)} calls after everything had healed, and no answer")]
    return []
