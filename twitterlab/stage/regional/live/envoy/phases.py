"""What happens to the backends of lab c, and when."""

from __future__ import annotations

from dataclasses import dataclass

from twitterlab.stage.regional.live.envoy.backend import Mood

SICK, KILLED = "b3", "b5"
SECONDS, LEAST_SECONDS = 46.0, 10.0
WELL = Mood()


@dataclass(frozen=True, slots=True)
class Phase:
    """What is the matter for so long, of `SECONDS` in all."""

    name: str
    seconds: float
    mood: Mood = WELL
    is_down: bool = False

    @property
    def sick(self) -> str:
        """Whom it happens to."""
        return KILLED if "killed" in self.name else SICK


PHASES = (
    Phase("healthy", 6),
    Phase("slow", 8, Mood(slow=10)),
    Phase("after_slow", 5),
    Phase("flaky", 6, Mood(fails=0.25)),
    Phase("after_flaky", 3),
    Phase("failing", 6, Mood(fails=1)),
    Phase("after_failing", 4),
    Phase("killed", 2, is_down=True),
    Phase("after_killed", 6),
)
ILL = ("slow", "flaky", "failing", "killed")


@dataclass(frozen=True, slots=True)
class Span:
    """A phase as it was: from when to when, in nanoseconds of the stopwatch."""

    phase: Phase
    from_ns: int
    until_ns: int

    @property
    def name(self) -> str:
        return self.phase.name

    def has(self, at_ns: int) -> bool:
        return self.from_ns <= at_ns < self.until_ns
