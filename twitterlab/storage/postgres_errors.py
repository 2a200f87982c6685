"""What an error of PostgreSQL means to who asked: `Refused` where nothing has happened, `Uncertain` where a commit was
under way.

Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes"; psycopg 3, module `psycopg.errors`.
"""

from __future__ import annotations

import psycopg
from psycopg import errors

from twitterlab.errors import Refused

FAILURES = (psycopg.Error, UnicodeEncodeError, OSError)
"""What a statement can raise, its parameters included."""
AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)
"""Of two transactions that wait for each other PostgreSQL ends one, which may try again."""
KINDS: dict[type[psycopg.Error], str] = {errors.UniqueViolation: "taken", errors.ForeignKeyViolation: "missing"}


def outside(error: BaseException) -> Exception:
    """The error to raise for one that came before a commit. What only a wrong statement causes stays as it is."""
    if isinstance(error, UnicodeEncodeError):
        return Refused("a text with half a character")
    if isinstance(error, errors.NumericValueOutOfRange):
        return Refused("a number beyond 64 bits")
    if isinstance(error, psycopg.DataError):
        return Refused(f"PostgreSQL cannot keep this: {error}")
    if isinstance(error, psycopg.IntegrityError):
        return Refused(f"the schema refuses: {error}", KINDS.get(type(error), "invalid"))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | OSError):
        return Refused(f"the database cannot be used: {error}", "unavailable")
    return error if isinstance(error, Exception) else RuntimeError(repr(error))
