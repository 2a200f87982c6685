"""One engine's eleven ports, opened together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twitterlab.errors import BadInput
from twitterlab.parts.schema import Schema
from twitterlab.storage.analytics.port import Analytics
from twitterlab.storage.credentials.port import Credentials
from twitterlab.storage.follows.port import Follows
from twitterlab.storage.media.port import Media
from twitterlab.storage.messages.port import Messages
from twitterlab.storage.notifications.port import Notifications
from twitterlab.storage.outbox.port import Outbox
from twitterlab.storage.relations.port import Relations
from twitterlab.storage.search.port import Search
from twitterlab.storage.timelines.port import Timelines
from twitterlab.storage.tweets.port import Tweets
from twitterlab.storage.users.port import Users

if TYPE_CHECKING:  # numpy takes 70 ms to load
    from twitterlab.servers.replicated import Replicated
    from twitterlab.storage.arrays.state import ArrayState
    from twitterlab.storage.arrays.timelines import ArrayTimelines
    from twitterlab.storage.batches import Batches
    from twitterlab.storage.failovers import Failovers
    from twitterlab.storage.memory_state import MemoryState

ENGINES = ("memory", "sqlite", "arrays")
"""Names that `open_stores` knows."""


async def _nothing() -> None:
    pass


@dataclass(slots=True)
class Stores:
    """The eleven ports over one engine: a write that touches several commits in all or none."""

    users: Users
    tweets: Tweets
    follows: Follows
    relations: Relations
    notifications: Notifications
    messages: Messages
    search: Search
    timelines: Timelines
    outbox: Outbox
    credentials: Credentials
    media: Media
    engine: str
    copies: Any = None
    """The Redis client of a server of its own for what can be worked out again: the cache, home timelines.
    None: they live with the event log."""
    failovers: Failovers | None = None
    """Where a replica of what speaks the Redis protocol may take its primary's place."""
    replicated: Replicated | None = None
    """The servers behind it, for who wants to break them."""
    analytics: Analytics | None = None
    """What people do, counted by hour and tag, where somebody asked for that."""
    batches: Batches | None = None
    """Many at once, where the engine is made for it."""
    _close: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False)
    _ping: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False)
    _settle: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False)

    async def ping(self) -> None:
        """Write nothing. `Refused(kind="unavailable")` or `Uncertain` while rows cannot be written."""
        await self._ping()

    async def settle(self) -> None:
        """What was derived from events is as durable as their rows: before the outbox is told that they were
        delivered. `Refused(kind="unavailable")` where it cannot be."""
        await self._settle()

    async def close(self) -> None:
        """Release files and threads. A second call changes nothing."""
        await self._close()


def open_stores(engine: str, folder: Path | None, schema: Schema, redis: Any = None) -> Stores:
    """Open an engine of `ENGINES`. `folder` is where it keeps files (None: temporary); with `redis`, a
    `redis.asyncio` client without response decoding, home timelines live there. Raises BadInput for a name it
    does not know."""
    if engine == "memory":
        stores = _memory()
    elif engine == "sqlite":
        stores = _sqlite(folder, schema)
    elif engine == "arrays":
        stores = array_stores()
    else:
        raise BadInput(f"no storage engine {engine!r}", f"Choose one of: {', '.join(ENGINES)}.")
    if redis is not None:
        from twitterlab.storage.timelines.on_redis import timelines_on

        stores.timelines = timelines_on(redis)
    return stores


def array_stores(state: ArrayState | None = None, timelines: ArrayTimelines | None = None) -> Stores:
    """The engine `arrays` over a population that is there already; over nobody if left out."""
    from twitterlab.storage.arrays.batches import ArrayBatches
    from twitterlab.storage.arrays.relations import ArrayRelations
    from twitterlab.storage.arrays.state import ArrayState
    from twitterlab.storage.arrays.timelines import ArrayTimelines
    from twitterlab.storage.arrays.tweets import ArrayTweets

    state = ArrayState() if state is None else state
    stores = _memory(state)
    stores.tweets, stores.relations = ArrayTweets(state), ArrayRelations(state)
    stores.timelines = timelines = timelines or ArrayTimelines(state.accounts, state.rows)
    stores.batches = ArrayBatches(state, timelines)
    stores.engine = "arrays"
    return stores


def _memory(state: MemoryState | None = None) -> Stores:
    from twitterlab.storage.analytics.memory import MemoryAnalytics
    from twitterlab.storage.credentials.memory import MemoryCredentials
    from twitterlab.storage.follows.memory import MemoryFollows
    from twitterlab.storage.media.memory import MemoryMedia
    from twitterlab.storage.memory_state import MemoryState
    from twitterlab.storage.messages.memory import MemoryMessages
    from twitterlab.storage.notifications.memory import MemoryNotifications
    from twitterlab.storage.outbox.memory import MemoryOutbox
    from twitterlab.storage.relations.memory import MemoryRelations
    from twitterlab.storage.search.memory import MemorySearch
    from twitterlab.storage.timelines.memory import MemoryTimelines
    from twitterlab.storage.tweets.memory import MemoryTweets
    from twitterlab.storage.users.memory import MemoryUsers

    state = MemoryState() if state is None else state
    return Stores(
        users=MemoryUsers(state),
        tweets=MemoryTweets(state),
        follows=MemoryFollows(state),
        relations=MemoryRelations(state),
        notifications=MemoryNotifications(state),
        messages=MemoryMessages(state),
        search=MemorySearch(),
        timelines=MemoryTimelines(),
        outbox=MemoryOutbox(state),
        credentials=MemoryCredentials(),
        media=MemoryMedia(),
        engine="memory",
        analytics=MemoryAnalytics(),
    )


def _sqlite(folder: Path | None, schema: Schema) -> Stores:
    from twitterlab.storage.credentials.sqlite import SqliteCredentials
    from twitterlab.storage.database import Database
    from twitterlab.storage.follows.sqlite import SqliteFollows
    from twitterlab.storage.media.folder import FolderMedia
    from twitterlab.storage.messages.sqlite import SqliteMessages
    from twitterlab.storage.notifications.sqlite import SqliteNotifications
    from twitterlab.storage.outbox.sqlite import SqliteOutbox
    from twitterlab.storage.relations.sqlite import SqliteRelations
    from twitterlab.storage.search.sqlite import SqliteSearch
    from twitterlab.storage.timelines.memory import MemoryTimelines
    from twitterlab.storage.tweets.sqlite import SqliteTweets
    from twitterlab.storage.users.sqlite import SqliteUsers

    database = Database(folder, schema)
    stores = Stores(
        users=SqliteUsers(database),
        tweets=SqliteTweets(database),
        follows=SqliteFollows(database),
        relations=SqliteRelations(database),
        notifications=SqliteNotifications(database),
        messages=SqliteMessages(database),
        search=SqliteSearch(database),
        timelines=MemoryTimelines(),  # rebuilt from the tweets after a restart
        outbox=SqliteOutbox(database),
        credentials=SqliteCredentials(database),
        media=FolderMedia(database.folder / "media"),
        engine="sqlite",
        _close=database.close,
        _ping=database.ping,
    )
    database.open()
    return stores
