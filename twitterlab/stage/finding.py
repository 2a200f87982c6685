"""What an experiment brings back."""

from __future__ import annotations

from dataclasses import dataclass

from twitterlab.bench.plots import Plot
from twitterlab.model.figure import Figure


@dataclass(frozen=True, slots=True)
class Finding:
    """A question, what theory says, and the figures that answer. Targets are the week's to add."""

    question: str
    prediction: str
    figures: tuple[Figure, ...]
    plots: tuple[Plot, ...] = ()
