"""Slot `snowflake`: where 64-bit ids come from that sort by time.

Layout of an id, from the high bit down: 1 sign bit (always 0), 41 bits of milliseconds since
`EPOCH_MS`, 10 bits of machine, 12 bits of sequence. Source: Twitter's Snowflake (2010), whose
decoder reads every public tweet id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

EPOCH_MS = 1_288_834_974_657
"""2010-11-04 01:42:54.657 UTC: the zero of every tweet id, in Unix milliseconds."""

TIME_BITS, MACHINE_BITS, SEQUENCE_BITS = 41, 10, 12
MAX_CLOCK_STEP_BACK_MS = 5_000
"""A clock that steps back further than this is refused rather than waited out."""


@dataclass(frozen=True, slots=True)
class IdFields:
    """A decoded id: Unix milliseconds, machine in [0, 1024), sequence in [0, 4096)."""

    at_ms: int
    machine: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: ask again when the clock shows `until_ms`."""

    until_ms: int


class IdSource(Protocol):
    """One machine's source of ids, constructed as `Snowflake(machine)`.

    Laws:
      1. Encode and decode are inverse; `decode` reads real tweet ids; fields out of range are
         refused with `ValueError`.
      2. Ids of one machine are unique and strictly increasing.
      3. The 4,097th id in one millisecond does not collide: the answer is `Wait` for the next.
      4. A clock that steps back never makes an id again: up to `MAX_CLOCK_STEP_BACK_MS` the answer
         is `Wait` until the last millisecond seen, beyond it `Refused` is raised.
      5. Across machines ids sort by time first; two machines never make the same id.
    """

    def next_id(self, now_ms: int) -> int | Wait:
        """The next id at `now_ms` (Unix milliseconds), or when to ask again."""
        ...

    def encode(self, fields: IdFields) -> int:
        """The id made of `fields`. ValueError where a field does not fit its bits."""
        ...

    def decode(self, tweet_id: int) -> IdFields:
        """The fields of any id in [0, 2**63). ValueError outside."""
        ...


class CountingIds:
    """Null part: 1, 2, 3… for every machine. Unique on one machine, not across two."""

    def __init__(self, machine: int) -> None:
        self._last = 0

    def next_id(self, now_ms: int) -> int | Wait:
        self._last += 1
        return self._last

    def encode(self, fields: IdFields) -> int:
        return fields.sequence

    def decode(self, tweet_id: int) -> IdFields:
        return IdFields(EPOCH_MS, 0, tweet_id)
