"""Figures: what was measured, against what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["live", "simulated", "aggregate"]
Verdict = Literal["met", "missed", "info"]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a figure: `measured <comparison> bound` must hold."""

    comparison: Literal["<", "<=", ">", ">=", "=="]
    bound: float

    def __str__(self) -> str:
        sign = "=" if self.comparison == "==" else self.comparison
        return f"{sign} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. Ratios are in percent; counts and booleans are numbers."""

    name: str
    unit: str
    measured: float
    source: Source
    engine: str
    target: Target | None = None
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """`met` or `missed` where there is a target, else `info`. NaN misses every target."""
        if self.target is None:
            return "info"
        bound, value = self.target.bound, self.measured
        holds = {
            "<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound, "==": value == bound,
        }  # fmt: skip
        return "met" if holds[self.target.comparison] else "missed"
