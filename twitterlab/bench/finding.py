"""What an experiment brings back: a question to predict, and the figures that answer it."""

from __future__ import annotations

from dataclasses import dataclass

from twitterlab.bench.plots import Plot
from twitterlab.model.figure import Figure


@dataclass(frozen=True, slots=True)
class Finding:
    """`choices` are what a reader may predict, `theory` the index of what the books say; `answer` is one sentence
    on what was measured. Targets are the week's to add."""

    question: str
    choices: tuple[str, ...]
    theory: int
    answer: str
    figures: tuple[Figure, ...]
    plots: tuple[Plot, ...] = ()
