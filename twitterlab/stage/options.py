"""What a lab is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def _silent(step: str, share: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class LabOptions:
    """Choices of one run; None leaves a choice to the week. `seconds` bounds the open-loop run;
    `progress(step, share)` is told what is going on, `share` in [0, 1] of the whole lab."""

    users: int | None = None
    seconds: float | None = None
    seed: int = 1
    graph: Path | None = None
    directed: bool = False
    engine: str | None = None
    folder: Path | None = None
    progress: Callable[[str, float], None] = _silent
