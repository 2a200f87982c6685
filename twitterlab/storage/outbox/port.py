"""The port of the outbox: `parts.queue.Outbox`, with its clauses.

Clauses:
  1. An event is pending from the commit of the write that caused it until `done`, also after a crash.
  2. `pending` gives the oldest first, at most `limit`, without removing them.
  3. `done` twice, or for an unknown id, changes nothing.
"""

from __future__ import annotations

from twitterlab.parts.queue import Outbox

__all__ = ["Outbox"]
