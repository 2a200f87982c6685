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
        # TODO(you): remember the last millisecond and the next free sequence in it
        raise NotImplementedError("remember the last millisecond and the next free sequence in it")

    def next_id(self, now_ms: int) -> int | Wait:
        """The next id at `now_ms` (Unix milliseconds), or when to ask again. Laws 2 to 5."""
        # TODO(you): three cases: the clock is behind the last millisecond, in it, or past it
        raise NotImplementedError("three cases: the clock is behind the last millisecond, in it, or past it")

    def encode(self, fields: IdFields) -> int:
        """The id made of `fields`. ValueError where a field does not fit its bits. Law 1."""
        # TODO(you): shift each field to its place after looking whether it fits
        raise NotImplementedError("shift each field to its place after looking whether it fits")

    def decode(self, tweet_id: int) -> IdFields:
        """The fields of any id in [0, 2**63). ValueError outside. Law 1."""
        # TODO(you): the way back: divmod by a power of two takes the low bits off
        raise NotImplementedError("the way back: divmod by a power of two takes the low bits off")
