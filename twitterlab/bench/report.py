"""What a run found: figures against targets, whose parts made them, and the trace of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Plot
from twitterlab.model.figure import Figure
from twitterlab.world.trace import Trace


@dataclass(frozen=True, slots=True)
class PartUse:
    """Whose part filled a slot (`mine`, `reference`), and how often the run called its methods."""

    whose: str
    calls: int


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """What is known of a trace that lies in another run's folder."""

    written: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one week. `parts` maps slot to whose part ran; `blames` maps figure to slots."""

    week: int
    users: int
    follows: int
    seed: int
    parts: Mapping[str, PartUse]
    operations: int
    figures: tuple[Figure, ...]
    trace: Trace | TraceSummary = field(default_factory=Trace)
    plots: tuple[Plot, ...] = ()
    blames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def size(self) -> str:
        """How much there was of what, where it was counted."""
        counts = ((self.users, "people"), (self.follows, "follows"), (self.operations, "operations"))
        return ", ".join((*(f"{count:,} {what}" for count, what in counts if count), f"seed {self.seed}"))

    @property
    def used(self) -> str:
        """Whose parts ran, and how often each was called: those that were, and all of the student's."""
        return ", ".join(
            f"{slot} ({use.whose}, {use.calls:,} calls)"
            for slot, use in self.parts.items()
            if use.calls or use.whose == "mine"
        )

    @property
    def is_clean(self) -> bool:
        """No target was missed."""
        return all(figure.verdict != "missed" for figure in self.figures)

    def blame(self) -> tuple[str, ...]:
        """For every missed target one sentence that names whose parts to look at: the student's where there are any."""
        return tuple(self._sentence(figure) for figure in self.figures if figure.verdict == "missed")

    def suspects(self, figure: Figure) -> tuple[str, ...]:
        """The parts that can have spoilt a figure, `queue (mine)`: the student's alone where there are any."""
        return self.suspected(figure.name)

    def suspected(self, name: str) -> tuple[str, ...]:
        """The parts that stand behind what `blames` calls `name`: the student's alone where there are any."""
        slots = [slot for slot in self.blames.get(name, ()) if slot in self.parts]
        mine = [slot for slot in slots if self.parts[slot].whose == "mine"]
        return tuple(f"{slot} ({self.parts[slot].whose})" for slot in mine or slots)

    def _sentence(self, figure: Figure) -> str:
        suspects = ", ".join(self.suspects(figure))
        where = f": look at {suspects}" if suspects else ""
        return f"{figure.name} is {shown(figure)}, promised {figure.target}{where}"

    def next_look(self) -> str:
        """One line: where to look now. What is promised exactly comes first: no slow machine misses that."""
        missed = [figure for figure in self.figures if figure.verdict == "missed"]
        for figure in sorted(missed, key=lambda figure: figure.target is None or figure.target.comparison != "=="):
            suspects = self.suspects(figure)
            why = f" ({figure.note})" if figure.note else ""
            if suspects and "(mine)" not in suspects[0]:
                return f"{self._sentence(figure)}{why}. None of the parts is yours: was the machine busy? Run it again."
            check = f" Try `twitterlab check {suspects[0].split()[0]}`." if suspects else ""
            return f"{self._sentence(figure)}{why}.{check}"
        if self.findings:
            return f"In the report, question {self.seed % len(self.findings) + 1}: what did you expect?"
        return "Open the report."


def shown(figure: Figure) -> str:
    """What was measured, to four digits and with its unit; a dash where nothing was."""
    if not isfinite(figure.measured):
        return "—"
    number = f"{figure.measured:,.0f}" if abs(figure.measured) >= 1_000 else f"{figure.measured:.4g}"
    return f"{number} {figure.unit}"
