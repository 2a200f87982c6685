"""What the whole-Twitter load is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MAX_SECONDS = 600
READS_PER_S, POSTS_PER_S = 306_000, 6_120
"""Offered: two in a hundred above what is promised, so that a run that keeps up is not rounded below it."""


@dataclass(frozen=True, slots=True)
class WholeOptions:
    """Choices of one run; `progress(step, share)` with `share` in [0, 1]. Rates are means; with `is_day` they swing as
    between night and evening. `graph`: an edge list whose people these are, with `directed` one tie a line."""

    users: int
    seconds: float = 60.0
    seed: int = 1
    reads_per_s: int = READS_PER_S
    posts_per_s: int = POSTS_PER_S
    gatherers: int = 1
    is_day: bool = False
    graph: Path | None = None
    directed: bool = False
    progress: Callable[[str, float], None] = lambda step, share: None
