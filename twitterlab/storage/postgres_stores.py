"""The ports over one PostgreSQL database. The tables are of these files: no Schema part is in use here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twitterlab.storage.credentials.postgres import PostgresCredentials
from twitterlab.storage.follows.postgres import PostgresFollows
from twitterlab.storage.media.folder import FolderMedia
from twitterlab.storage.messages.postgres import PostgresMessages
from twitterlab.storage.notifications.postgres import PostgresNotifications
from twitterlab.storage.outbox.postgres import PostgresOutbox
from twitterlab.storage.postgres_database import PostgresDatabase
from twitterlab.storage.postgres_replica import ReplicaReads
from twitterlab.storage.relations.postgres import PostgresRelations
from twitterlab.storage.search.postgres import PostgresSearch
from twitterlab.storage.stores import Stores
from twitterlab.storage.timelines.memory import MemoryTimelines
from twitterlab.storage.tweets.postgres import PostgresTweets
from twitterlab.storage.users.postgres import PostgresUsers


def open_postgres(url: str, folder: Path | None, replica_url: str = "") -> Stores:
    """The stores over the database at `url`; pictures are files in `folder` (None: temporary). With `replica_url`
    questions go to the standby there, as far as it has what they ask for. BadInput when no server answers."""
    temporary = None if folder is not None else tempfile.TemporaryDirectory(prefix="twitterlab-media-")
    replica = ReplicaReads(PostgresDatabase(replica_url)) if replica_url else None
    database = PostgresDatabase(url, replica)

    async def close() -> None:
        await database.close()
        if temporary is not None:
            temporary.cleanup()

    stores = Stores(
        users=PostgresUsers(database),
        tweets=PostgresTweets(database),
        follows=PostgresFollows(database),
        relations=PostgresRelations(database),
        notifications=PostgresNotifications(database),
        messages=PostgresMessages(database),
        search=PostgresSearch(database),
        timelines=MemoryTimelines(),  # rebuilt from the tweets after a restart
        outbox=PostgresOutbox(database),
        credentials=PostgresCredentials(database),
        media=FolderMedia(Path(temporary.name) if temporary is not None else (folder or Path()) / "media"),
        engine="postgres",
        _close=close,
        _ping=database.ping,
    )
    database.open()
    stores.engine = f"postgresql {database.version} (no schema part in use)"
    return stores
