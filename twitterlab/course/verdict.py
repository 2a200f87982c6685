"""What a check says: one verdict a check, a grade a day, a grade for all that was asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Outcome = Literal["passed", "failed", "error", "timeout", "memory", "not_started", "skipped"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of one part. Texts are empty where there is nothing to say."""

    check: str
    law: int
    claim: str
    points: int
    earned: int
    outcome: Outcome
    expected: str = ""
    happened: str = ""
    counterexample: str = ""
    line: str = ""  # file:line: source, the deepest of the student's own
    read: str = ""
    printed: str = ""  # the end of what the part printed
    day: str = ""


@dataclass(frozen=True, slots=True)
class DayGrade:
    """The verdicts of one day, in the order of its checks."""

    day: str
    slot: str
    title: str
    points: int
    verdicts: tuple[Verdict, ...]

    @property
    def earned(self) -> int:
        return sum(verdict.earned for verdict in self.verdicts)

    @property
    def is_started(self) -> bool:
        return any(verdict.outcome != "not_started" for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Grade:
    """The days that were asked for."""

    days: tuple[DayGrade, ...]
    seed: int = 0

    @property
    def points(self) -> int:
        return sum(day.points for day in self.days)

    @property
    def earned(self) -> int:
        return sum(day.earned for day in self.days)

    @property
    def is_full(self) -> bool:
        return self.earned == self.points

    def document(self) -> dict[str, Any]:
        """The grade as JSON says it."""
        days = [asdict(day) | {"earned": day.earned, "is_started": day.is_started} for day in self.days]
        return {"schema": 1, "seed": self.seed, "points": self.points, "earned": self.earned, "days": days}
