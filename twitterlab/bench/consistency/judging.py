"""Judging: a history and the name of a consistency; an answer. And that answer in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twitterlab.bench.consistency import causal, sequential, sessions
from twitterlab.bench.consistency.answer import Answer
from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.errors import BadInput

Judge = Callable[[Sequence[Operation], Model, float], Answer]

_JUDGES: dict[str, Judge] = {
    "sequential": lambda operations, model, limit_s: sequential.check(operations, model, limit_s=limit_s),
    "causal": lambda operations, model, limit_s: causal.check(operations, model, limit_s=limit_s),
    "causal-convergence": lambda operations, model, limit_s: causal.check(operations, model, True, limit_s=limit_s),
    "session": lambda operations, model, limit_s: sessions.check(operations, model, limit_s=limit_s),
}
CONSISTENCIES = tuple(_JUDGES)
"""What is judged here; `linearizable` has a room of its own."""


def judge(operations: Sequence[Operation], model: Model, consistency: str, limit_s: float = 30.0) -> Answer:
    """The answer within `limit_s`. BadInput for an unknown consistency, or one that the model does not have."""
    if consistency not in _JUDGES:
        raise BadInput(f"no consistency {consistency!r}", f"choose one of linearizable, {', '.join(_JUDGES)}")
    return _JUDGES[consistency](operations, model, limit_s)


def in_words(answer: Answer, judged_as: str) -> str:
    """The answer and its first breaches, a line each."""
    lines = [f"{answer.verdict}: {answer.operations:,} operations, judged as {judged_as} for {answer.consistency}"]
    lines += [f"{breach.pattern}: {breach.said}" for breach in answer.breaches]
    if answer.count > len(answer.breaches):
        lines.append(f"… and {answer.count - len(answer.breaches):,} more")
    if answer.reason:
        lines.append(answer.reason)
    return "\n".join(lines)


def as_json(answer: Answer, judged_as: str) -> dict[str, Any]:
    """The answer as a JSON object."""
    return {
        "verdict": answer.verdict,
        "model": judged_as,
        "consistency": answer.consistency,
        "operations": answer.operations,
        "breaches": answer.count,
        "reason": answer.reason,
        "contradictions": [
            {
                "pattern": breach.pattern,
                "said": breach.said,
                "lines": sorted({line for o in breach.operations for line in (o.line, o.end_line) if line}),
            }
            for breach in answer.breaches
        ],
    }
