"""Reads from a standby, of what it surely has: everything this process has written, and what anybody was told is kept.

A commit is acknowledged when the standby has applied it (`synchronous_commit = remote_apply`). What is committed
without waiting for that leaves a mark, its place in the log (LSN), and the standby is asked only once it has
replayed as far; until then, and while it is away, the primary is. Source: PostgreSQL documentation, "Synchronous
Replication"; read-your-writes: Terry et al., "Session Guarantees for Weakly Consistent Replicated Data" (1994).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import psycopg

from twitterlab.errors import Failure

Parameters = Sequence[Any] | Mapping[str, Any]
ANSWERS_WITHIN_S, AGAIN_AFTER_S = 1.0, 1.0
FLUSHED = "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"
INSERTED = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
"""How long the log of a primary is, on its disk and altogether."""
_THERE = "SELECT pg_is_in_recovery(), pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"


class Readable(Protocol):
    """A few connections to it, as `PostgresDatabase` has them."""

    async def read(self, question: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]: ...

    async def disconnect(self) -> None: ...

    async def close(self) -> None: ...


class ReplicaReads:
    """Over connections that prefer a standby. `served` counts the questions that it answered."""

    def __init__(self, replica: Readable) -> None:
        self._replica = replica
        self._needed = self._replayed = 0
        self._not_before_s = float("-inf")
        self.served = 0

    def wrote(self, lsn: int) -> None:
        """This process has written as far."""
        self._needed = max(self._needed, lsn)

    async def read(self, question: str, parameters: Parameters) -> list[tuple[Any, ...]] | None:
        """The rows, or None where the primary must be asked."""
        if asyncio.get_running_loop().time() < self._not_before_s:
            return None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                if self._needed > self._replayed and not await self._has_caught_up():
                    return None
                rows = await self._replica.read(question, parameters)
        except (Failure, psycopg.Error, TimeoutError):
            self._not_before_s = asyncio.get_running_loop().time() + AGAIN_AFTER_S
            return None
        self.served += 1
        return rows

    async def close(self) -> None:
        await self._replica.close()

    async def _has_caught_up(self) -> bool:
        ((is_standby, replayed),) = await self._replica.read(_THERE)
        if not is_standby:  # it was promoted; there may be another standby
            self._replayed = 0
            await self._replica.disconnect()
            raise TimeoutError("no standby")
        self._replayed = int(replayed)
        return self._needed <= self._replayed
