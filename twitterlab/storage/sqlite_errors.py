"""What an error of SQLite means to who asked: a full disk and a broken file are answers, not tracebacks.

Source: SQLite documentation, "Result and Error Codes".
"""

from __future__ import annotations

import sqlite3

from twitterlab.errors import Refused

FAILURES = (sqlite3.Error, UnicodeEncodeError, OverflowError)
"""What a statement can raise, its parameters included."""
UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""Result codes that speak of the machine and the file, not of the statement."""


def outside(error: BaseException) -> Exception:
    """The error to raise for one that came before a commit: `Refused`, since nothing has happened. What only a
    wrong statement causes stays as it is, for whoever wrote the statement."""
    if isinstance(error, UnicodeEncodeError):
        return Refused("a text with half a character")
    if isinstance(error, OverflowError):
        return Refused("a number beyond 64 bits")
    if not isinstance(error, sqlite3.Error):
        return error if isinstance(error, Exception) else RuntimeError(repr(error))
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in UNAVAILABLE:
        return Refused(f"the database cannot be used: {error}", "unavailable")
    if code == sqlite3.SQLITE_CONSTRAINT:
        return Refused(f"the schema refuses: {error}")
    if isinstance(error, sqlite3.ProgrammingError) and "closed database" in str(error):
        return Refused("the database is closed", "unavailable")
    return error
