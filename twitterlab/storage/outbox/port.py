"""The port of the outbox: what `parts.queue.Outbox` gives to the part, and what the platform tells it besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twitterlab.parts import queue


class Outbox(queue.Outbox, Protocol):
    """Events on their way.

    Clauses:
      1. An event is pending from the commit of the write that caused it until `done`.
      2. `pending` gives the oldest first, at most `limit`, without removing them.
      3. `done` and `delivered` twice, or for an unknown id, change nothing.
      4. A durable engine keeps an event until `delivered`: what was done and not delivered when the process died is
         pending again, since the stream that took it may have died too. Dead letters are never delivered.
      5. What an event is derived into (notifications, the search index) lives as long as `delivered` does: a crash
         that loses one of them loses `delivered` as well.
    """

    async def again(self) -> None:
        """The stream may have lost what it took: an engine beside real servers has all of it
        that is not delivered pending again. Where the stream lives in this process it cannot be lost alone."""
        ...

    async def delivered(self, event_ids: Sequence[int]) -> None:
        """These have reached whom they must, so that nothing is lost if the stream is."""
        ...
