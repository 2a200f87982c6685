"""The ports over one MySQL or MariaDB database. The tables are of these files: no Schema part is in use here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twitterlab.storage.credentials.mysql import MysqlCredentials
from twitterlab.storage.follows.mysql import MysqlFollows
from twitterlab.storage.media.folder import FolderMedia
from twitterlab.storage.messages.mysql import MysqlMessages
from twitterlab.storage.mysql_database import MysqlDatabase
from twitterlab.storage.notifications.mysql import MysqlNotifications
from twitterlab.storage.outbox.mysql import MysqlOutbox
from twitterlab.storage.relations.mysql import MysqlRelations
from twitterlab.storage.search.mysql import MysqlSearch
from twitterlab.storage.stores import Stores
from twitterlab.storage.timelines.memory import MemoryTimelines
from twitterlab.storage.tweets.mysql import MysqlTweets
from twitterlab.storage.users.mysql import MysqlUsers


def open_mysql(url: str, folder: Path | None) -> Stores:
    """The stores over the database at `url`; pictures are files in `folder` (None: temporary). BadInput when no
    server answers."""
    temporary = None if folder is not None else tempfile.TemporaryDirectory(prefix="twitterlab-media-")
    database = MysqlDatabase(url)

    async def close() -> None:
        await database.close()
        if temporary is not None:
            temporary.cleanup()

    stores = Stores(
        users=MysqlUsers(database),
        tweets=MysqlTweets(database),
        follows=MysqlFollows(database),
        relations=MysqlRelations(database),
        notifications=MysqlNotifications(database),
        messages=MysqlMessages(database),
        search=MysqlSearch(database),
        timelines=MemoryTimelines(),  # rebuilt from the tweets after a restart
        outbox=MysqlOutbox(database),
        credentials=MysqlCredentials(database),
        media=FolderMedia(Path(temporary.name) if temporary is not None else (folder or Path()) / "media"),
        engine="mysql",
        _close=close,
        _ping=database.ping,
    )
    database.open()
    stores.engine = f"mariadb {database.version} (no schema part in use)"
    return stores
