"""What an experiment brings back: a question to predict, and the figures that answer it."""

from __future__ import annotations

from dataclasses import dataclass

from twitterlab.bench.plots import Plot
from twitterlab.model.figure import Figure


@dataclass(frozen=True, slots=True)
class Finding:
    """`choices` are what a reader may predict, `theory` the index of what follows without measuring, None where only
    a measurement can tell; `answer` says what was measured. Targets are the week's to add."""

    question: str
    choices: tuple[str, ...]
    theory: int | None
    answer: str
    figures: tuple[Figure, ...]
    plots: tuple[Plot, ...] = ()
