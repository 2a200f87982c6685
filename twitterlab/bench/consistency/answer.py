"""Answers: what a checker says of a history, and the operations that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twitterlab.bench.deciders.attempt import Verdict
from twitterlab.bench.history import Operation


@dataclass(frozen=True, slots=True)
class Breach:
    """One proof that a promise was broken: its name, the proof in words, its operations in the order of the story."""

    pattern: str
    said: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was judged, and how. `reason` says why an answer is `unknown`, `count` how many breaches were found;
    `breaches` are the first of them."""

    consistency: str
    verdict: Verdict
    operations: int
    breaches: tuple[Breach, ...] = ()
    count: int = 0
    reason: str = ""


MOST_BREACHES = 20
"""Breaches that an answer keeps."""


def answer(consistency: str, operations: int, breaches: list[Breach], reason: str = "") -> Answer:
    """Invalid where there is a breach, else unknown where there is a reason, else valid."""
    verdict: Verdict = "invalid" if breaches else "unknown" if reason else "valid"
    return Answer(consistency, verdict, operations, _first(breaches), len(breaches), "" if breaches else reason)


def _first(breaches: Sequence[Breach]) -> tuple[Breach, ...]:
    """As many of each pattern, in their order."""
    times = dict.fromkeys((breach.pattern for breach in breaches), 0)
    kept = []
    for breach in breaches:
        times[breach.pattern] += 1
        if times[breach.pattern] <= max(1, MOST_BREACHES // len(times)):
            kept.append(breach)
    return tuple(kept)
