"""Ports that take time in a simulation: SQLite answers at once in virtual time, so each call is charged for.

What a call costs stands in the profile of the node that makes it (`calibration.py`). A read or the statements of a
write keep one of its cores busy; a commit waits for the disk, and who comes meanwhile shares the next one, as in
`storage/group_commit.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from twitterlab.storage.stores import Stores
from twitterlab.world.node import Node
from twitterlab.world.samplers import NS_PER_MS

WRITES: Mapping[str, frozenset[str]] = {
    "users": frozenset({"add", "update"}),
    "tweets": frozenset({"add", "delete", "like", "unlike"}),
    "follows": frozenset({"follow", "unfollow"}),
    "relations": frozenset({"block", "unblock", "mute", "unmute"}),
    "notifications": frozenset({"add", "read"}),
    "search": frozenset({"index", "remove"}),
    "outbox": frozenset({"delivered"}),
}
"""Calls that wait for a commit, by port."""
COMMIT = "sqlite.commit"
DURABLE = ("users", "tweets", "follows", "relations", "notifications", "search", "outbox")
"""Ports over SQLite that Week 1 uses."""


class Commits:
    """The disk under a database: one commit at a time, and one for all who wait."""

    def __init__(self, node: Node) -> None:
        self._node = node
        sampler = node.profile.get(COMMIT)
        self._draw = sampler.stream(node.chance("commits")) if sampler else None
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Return when a commit that began after this call has reached the disk."""
        if self._draw is None:
            return
        if self._next is None:
            self._next = self._node.spawn(self._commit(self._running), "commit")
        await asyncio.shield(self._next)

    async def _commit(self, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await before
        self._running, self._next = self._next, None
        assert self._draw is not None
        await asyncio.sleep(self._draw() / NS_PER_MS / 1_000)


class Charged:
    """One port, each of whose calls costs what the node's profile says of `sqlite.PORT.CALL`."""

    def __init__(self, port: Any, name: str, node: Node, commits: Commits) -> None:
        self._port, self._name, self._node, self._commits = port, name, node, commits

    def __getattr__(self, call: str) -> Any:
        found = getattr(self._port, call)
        if not callable(found):
            return found
        operation, is_write = f"sqlite.{self._name}.{call}", call in WRITES[self._name]

        async def charged(*args: Any, **kwargs: Any) -> Any:
            await self._node.spend(operation)
            if is_write:
                await self._commits.take()
            return await found(*args, **kwargs)

        setattr(self, call, charged)
        return charged


def charged(stores: Stores, node: Node) -> Stores:
    """The same rows, at the cost they have on `node`."""
    commits = Commits(node)
    ports: dict[str, Any] = {name: Charged(getattr(stores, name), name, node, commits) for name in DURABLE}
    assert ports.keys() <= {field.name for field in fields(stores)}
    return replace(stores, **ports)
