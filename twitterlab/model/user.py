"""People: who they are and what they count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """An account. `handle` is unique whatever its case and has no `@`."""

    id: int
    handle: str
    name: str
    created_ms: int
    bio: str = ""


@dataclass(frozen=True, slots=True)
class UserCounts:
    """Counters of one account."""

    tweets: int
    followers: int
    following: int


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as a viewer sees it."""

    user: User
    counts: UserCounts
    is_followed: bool
    is_muted: bool
    is_blocked: bool
