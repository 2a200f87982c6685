"""Day 1.1, snowflake: ids that sort by time and never meet, made without asking anyone.

Source: Twitter's Snowflake (2010): 41 bits of milliseconds, 10 of machine, 12 of sequence.
"""

from __future__ import annotations

from twitterlab.errors import Refused
from twitterlab.parts.snowflake import (
    EPOCH_MS,
    MACHINE_BITS,
    MAX_CLOCK_STEP_BACK_MS,
    SEQUENCE_BITS,
    TIME_BITS,
    IdFields,
    Wait,
)


class Snowflake:
    """One machine's source of ids. `machine` is in [0, 1024), else ValueError.

    Laws: `twitterlab.parts.snowflake.IdSource`.
    """

    def __init__(self, machine: int) -> None:
        # BEGIN SOLUTION: remember the last millisecond and the next free sequence in it
        if not 0 <= machine < 1 << MACHINE_BITS:
            raise ValueError(f"machine {machine} does not fit {MACHINE_BITS} bits")
        self._machine = machine
        self._last_ms = EPOCH_MS
        self._sequence = 0
        # END SOLUTION

    def next_id(self, now_ms: int) -> int | Wait:
        """The next id at `now_ms` (Unix milliseconds), or when to ask again. Laws 2 to 5."""
        # BEGIN SOLUTION: three cases: the clock is behind the last millisecond, in it, or past it
        if now_ms < self._last_ms - MAX_CLOCK_STEP_BACK_MS:
            raise Refused(f"the clock stepped back {self._last_ms - now_ms} ms")
        if now_ms < self._last_ms:
            return Wait(self._last_ms)
        if now_ms > self._last_ms:
            self._last_ms, self._sequence = now_ms, 0
        if self._sequence == 1 << SEQUENCE_BITS:
            return Wait(self._last_ms + 1)
        made = self.encode(IdFields(self._last_ms, self._machine, self._sequence))
        self._sequence += 1
        return made
        # END SOLUTION

    def encode(self, fields: IdFields) -> int:
        """The id made of `fields`. ValueError where a field does not fit its bits. Law 1."""
        # BEGIN SOLUTION: shift each field to its place after looking whether it fits
        made = 0
        for value, bits in (
            (fields.at_ms - EPOCH_MS, TIME_BITS),
            (fields.machine, MACHINE_BITS),
            (fields.sequence, SEQUENCE_BITS),
        ):
            if not 0 <= value < 1 << bits:
                raise ValueError(f"{value} does not fit {bits} bits in {fields}")
            made = made << bits | value
        return made
        # END SOLUTION

    def decode(self, tweet_id: int) -> IdFields:
        """The fields of any id in [0, 2**63). ValueError outside. Law 1."""
        # BEGIN SOLUTION: the way back: divmod by a power of two takes the low bits off
        if not 0 <= tweet_id < 1 << 63:
            raise ValueError(f"{tweet_id} is not an id")
        rest, sequence = divmod(tweet_id, 1 << SEQUENCE_BITS)
        since_ms, machine = divmod(rest, 1 << MACHINE_BITS)
        return IdFields(EPOCH_MS + since_ms, machine, sequence)
        # END SOLUTION
