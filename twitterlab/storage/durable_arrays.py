"""The engine `arrays` in a folder: a snapshot, a journal of what came after it, and the way back from both.

`checkpoint` writes a snapshot and begins a new journal; the folder is at all times a snapshot and its journal. What an
acknowledgement means is the journal's durability. Readers may see a change a moment before it is acknowledged.
"""

from __future__ import annotations

import os
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from twitterlab.model.tweet import Tweet
from twitterlab.parts.queue import Event
from twitterlab.storage.arrays import snapshot
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.journal import Durability, Journal, records
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.credentials.memory import MemoryCredentials
from twitterlab.storage.folder_lock import FolderLock
from twitterlab.storage.logged import logged, replay
from twitterlab.storage.media.folder import FolderMedia
from twitterlab.storage.outbox.memory import MemoryOutbox
from twitterlab.storage.search.memory import MemorySearch
from twitterlab.storage.stores import Stores, array_stores

CHECKPOINT_BYTES = 64 << 20
"""A journal longer than that is not read a second time: opening it ends with a snapshot."""
FIRST = "00000000"
"""The journal before any snapshot."""


class DurableArrays:
    """A folder, opened. `stores` are the ports; `checkpoint` shortens the way back."""

    def __init__(self, folder: Path, durability: Durability = "disk", kind: type[ArrayBatches] = ArrayBatches) -> None:
        """BadInput where another process has the folder, or its snapshot cannot be read."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._durability, self._kind = folder, durability, kind
        self._lock = FolderLock(folder)
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> None:
        has_snapshot = (self._folder / snapshot.CURRENT).exists()
        loaded = snapshot.load(self._folder) if has_snapshot else None
        self.state, self.timelines, kept = loaded or _empty()
        self.batches = self._kind(self.state, self.timelines)
        self.batches.waiting, self.batches.large = kept.waiting, kept.large
        self.stores = stores = array_stores(self.state, self.timelines)
        stores.batches, stores.outbox = self.batches, DurableOutbox(self.state)
        stores.media = FolderMedia(self._folder / "media")
        number = (self._folder / snapshot.CURRENT).read_text() if has_snapshot else FIRST
        if has_snapshot:
            _restore(stores, (self._folder / number / "beside").read_bytes())
        self._search = cast(MemorySearch, stores.search)
        self._credentials = cast(MemoryCredentials, stores.credentials)
        path = self._folder / f"journal-{number}"
        _finished(_again(stores, path))
        self.journal = Journal(path, self._durability)
        self._forget_old(path)
        stores._close, stores._ping = self.close, self._ping
        if self.journal.bytes > CHECKPOINT_BYTES:
            self.checkpoint()
        logged(stores, self.journal)

    def checkpoint(self) -> None:
        """A snapshot of now, and an empty journal. Nothing else happens meanwhile: it takes a second a gigabyte."""
        beside = msgspec.msgpack.encode(
            (list(self._search._tweets.values()), self._credentials._passwords, self._credentials._sessions)
        )
        place = snapshot.save(self._folder, self.state, self.timelines, self.batches, {"beside": beside})
        _flush_folder(self._folder)
        path = self._folder / f"journal-{place.name}"
        self.journal.move_to(path)
        _flush_folder(self._folder)
        self._forget_old(path)

    async def close(self) -> None:
        self.journal.close()
        self._lock.release()

    async def _ping(self) -> None:
        self.journal.ping()

    def _forget_old(self, current: Path) -> None:
        for path in self._folder.glob("journal-*"):
            if path != current:
                path.unlink()


class DurableOutbox(MemoryOutbox):
    """An event is forgotten when it was delivered, not when a stream in this process took it."""

    def __init__(self, state: ArrayState) -> None:
        super().__init__(state)
        self._on_their_way: set[int] = set()

    async def pending(self, limit: int) -> list[Event]:
        waiting = sorted(self._state.outbox.keys() - self._on_their_way)[:limit]
        return [self._state.outbox[id_] for id_ in waiting]

    async def done(self, event_ids: Sequence[int]) -> None:
        self._on_their_way.update(self._state.outbox.keys() & set(event_ids))

    async def again(self) -> None:
        self._on_their_way.clear()

    async def delivered(self, event_ids: Sequence[int]) -> None:
        for event_id in event_ids:
            self._state.outbox.pop(event_id, None)
        self._on_their_way.difference_update(event_ids)


def create(
    folder: Path,
    state: ArrayState,
    timelines: ArrayTimelines,
    durability: Durability = "disk",
    kind: type[ArrayBatches] = ArrayBatches,
) -> DurableArrays:
    """A folder that begins with a population that was made elsewhere."""
    beside = msgspec.msgpack.encode(([], {}, {}))
    folder.mkdir(parents=True, exist_ok=True)
    snapshot.save(folder, state, timelines, ArrayBatches(state, timelines), {"beside": beside})
    return DurableArrays(folder, durability, kind)


def _empty() -> tuple[ArrayState, ArrayTimelines, ArrayBatches]:
    state = ArrayState()
    timelines = ArrayTimelines(state.accounts, state.rows)
    return state, timelines, ArrayBatches(state, timelines)


async def _again(stores: Stores, path: Path) -> None:
    for record in records(path):
        await replay(stores, record)


def _finished(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits: every port of this engine answers at once."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("a port of this engine waited")


def _restore(stores: Stores, beside: bytes) -> None:
    """What is in no array and no table of the state."""
    kind = tuple[list[Tweet], dict[int, str], dict[bytes, tuple[int, int]]]
    tweets, passwords, sessions = msgspec.msgpack.decode(beside, type=kind)
    for tweet in tweets:
        _finished(stores.search.index(tweet))
    credentials = cast(MemoryCredentials, stores.credentials)
    credentials._passwords, credentials._sessions = passwords, sessions


def _flush_folder(folder: Path) -> None:
    """New names are on the disk. Windows needs no such call, and has none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
