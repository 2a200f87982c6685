"""Attempts: ways to decide one key that can be stopped, taken up again, and give up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from twitterlab.bench.history import Operation

Verdict = Literal["valid", "invalid", "unknown"]


class Attempt(Protocol):
    """One key on its way to a verdict."""

    @property
    def verdict(self) -> Verdict:
        """`unknown` until it is decided."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether it gave up because memory ran out."""
        ...

    @property
    def order(self) -> tuple[Operation, ...]:
        """A linearization when valid, else the longest beginning of one that was found."""
        ...

    def advance(self, steps: int) -> None:
        """Go on for at most `steps` steps of a few microseconds each."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """An attempt that is over: an algorithm without a search gave the verdict."""

    verdict: Verdict
    order: tuple[Operation, ...] = ()
    is_full: bool = False

    def advance(self, steps: int) -> None:
        """Nothing is left to do."""


class Allowance:
    """Bytes that the memos of several attempts may take together."""

    def __init__(self, limit: int) -> None:
        self.left = limit


class Purse:
    """One attempt's share of an allowance, given back when it ends."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance, self._spent = allowance, 0

    @property
    def is_empty(self) -> bool:
        return self._allowance.left < 0

    def spend(self, size: int) -> None:
        self._spent += size
        self._allowance.left -= size

    def give_back(self) -> None:
        self._allowance.left += self._spent
        self._spent = 0


def window(done: int) -> tuple[int, int]:
    """A set of small numbers in short: how many from 0 on are all in it, and the bits from there on."""
    first = (~done & (done + 1)).bit_length() - 1
    return first, done >> first
