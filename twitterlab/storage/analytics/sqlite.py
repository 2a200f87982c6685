"""Analytics in SQLite: rows, in a file of its own beside the tweets', so that a long question delays no post."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twitterlab.errors import BadInput
from twitterlab.storage.analytics.tables import TableAnalytics

FILE = "analytics.db"
LABEL = f"sqlite {sqlite3.sqlite_version}"


def open_analytics(folder: Path | None) -> TableAnalytics:
    """The file in `folder` (None: in memory). A commit is on disk (`synchronous=FULL`). BadInput for a bad file."""

    def connect() -> sqlite3.Connection:
        name = ":memory:" if folder is None else str(folder / FILE)
        connection = sqlite3.connect(name, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    try:
        return TableAnalytics(connect, (sqlite3.Error,))
    except sqlite3.Error as error:
        raise BadInput(f"no analytics at {folder}: {error}", "Choose a folder for new files.") from None
