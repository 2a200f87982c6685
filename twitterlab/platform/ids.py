"""Ids from the snowflake part, waiting where it says wait."""

from __future__ import annotations

from twitterlab.parts.given import Clock
from twitterlab.parts.snowflake import IdSource, Wait


class Ids:
    """One machine's ids. The part decides; this only waits."""

    def __init__(self, source: IdSource, clock: Clock) -> None:
        self._source, self._clock = source, clock

    async def next(self) -> int:
        while isinstance(answer := self._source.next_id(now := self._clock.now_ms()), Wait):
            await self._clock.sleep_ms(max(answer.until_ms - now, 1))
        return answer
