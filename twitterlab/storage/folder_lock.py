"""One process a folder: a second one would make the same ids, and take events that the first should deliver.

The lock is SQLite's own, on a file of nothing: it works on every system, and a killed process does not hold it.
Source: SQLite documentation, "File Locking And Concurrency", section 3.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twitterlab.errors import BadInput

FILE = "twitterlab.lock"


class FolderLock:
    """Held from the start until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / FILE, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._connection.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise BadInput(f"{folder} is in use", "Stop the other run, or choose another folder.") from None

    def release(self) -> None:
        """Let the next one in. A second call changes nothing."""
        self._connection.close()
