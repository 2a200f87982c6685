"""What a check is: a function that looks at a part, with its points and its claim in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Look = TypeVar("Look", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What is known of a check without running it."""

    points: int
    law: int
    claim: str
    catches: str
    read: str


class CheckFailed(AssertionError):
    """The part broke the claim. `counterexample` is the shortest way to see it, in calls of the part; `about`
    is a pattern of the line to show, for a part that is not code but text (SQL)."""

    def __init__(self, expected: object, happened: object, counterexample: object = "", about: str = "") -> None:
        super().__init__(f"expected {expected}, but {happened}")
        self.expected = expected
        self.happened = happened
        self.counterexample = counterexample
        self.about = about


def check(*, points: int, law: int, claim: str, catches: str, read: str) -> Callable[[Look], Look]:
    """Mark a function as a check: its `CheckInfo` hangs on it as `.check`."""

    def mark(look: Look) -> Look:
        setattr(look, "check", CheckInfo(points, law, claim, catches, read))  # noqa: B010 - mypy knows no such attribute
        return look

    return mark


def expect(
    condition: object, *, expected: object, happened: object, counterexample: object = "", about: str = ""
) -> None:
    """Raise `CheckFailed` unless `condition` holds. hypothesis adds the counterexample where it found it."""
    if not condition:
        raise CheckFailed(expected, happened, counterexample, about)
