"""What a check is: a function that looks at a part, with its points and its claim in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

Look = TypeVar("Look", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What is known of a check without running it. `after` is the check that must pass first, or None."""

    points: int
    law: int
    claim: str
    catches: str
    read: str
    after: Callable[..., Any] | None = None


class CheckFailed(AssertionError):
    """The part broke the claim. `counterexample` is the shortest way to see it, in calls of the part; `about`
    is a pattern of the line to show, for a part that is not code but text (SQL)."""

    def __init__(self, expected: object, happened: object, counterexample: object = "", about: str = "") -> None:
        super().__init__(f"expected {expected}, but {happened}")
        self.expected = expected
        self.happened = happened
        self.counterexample = counterexample
        self.about = about


def check(
    *, points: int, law: int, claim: str, catches: str, read: str, after: Callable[..., Any] | None = None
) -> Callable[[Look], Look]:
    """Mark a function as a check: its `CheckInfo` hangs on it as `.check`.

    `after` names a check, written above this one, without which this one says nothing: where that one fails, this one
    is skipped, so that one mistake is told once.
    """

    def mark(look: Look) -> Look:
        info = CheckInfo(points, law, claim, catches, read, after)
        setattr(look, "check", info)  # noqa: B010 - mypy knows no such attribute
        return look

    return mark


def lineage(look: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """A check, then what it comes after, then what that comes after."""
    one: Callable[..., Any] | None = look
    while one is not None:
        yield one
        info: CheckInfo = one.check  # type: ignore[attr-defined]  # hung there by `check`
        one = info.after


def expect(
    condition: object, *, expected: object, happened: object, counterexample: object = "", about: str = ""
) -> None:
    """Raise `CheckFailed` unless `condition` holds. hypothesis adds the counterexample where it found it."""
    if not condition:
        raise CheckFailed(expected, happened, counterexample, about)
