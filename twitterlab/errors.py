"""What we say when something is wrong: the problem, then the next step.

    Exception
    ├── TwitterlabError      for the reader: one line, the next command, exit code 2
    │   └── BadInput         a value that came from outside (a file, an option, a request)
    └── Failure              for the simulated and the real world; checkers rely on the difference
        ├── Refused          it did not happen and never will
        └── Uncertain        it may have happened

`assert` is for our own bugs.
"""

from __future__ import annotations


class TwitterlabError(Exception):
    """Something the reader can mend: what is wrong, and the next step."""

    def __init__(self, problem: str, next_step: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.problem}. {self.next_step}" if self.next_step else self.problem


class BadInput(TwitterlabError):
    """A value from outside that we cannot use."""


class Failure(Exception):
    """An operation of the platform that did not succeed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Failure):
    """It did not happen and never will. `kind` lets a door choose its answer."""

    def __init__(self, reason: str, kind: str = "invalid") -> None:
        super().__init__(reason)
        self.kind = kind


class Uncertain(Failure):
    """It may have happened: a timeout, a lost reply, a crash before the answer."""
