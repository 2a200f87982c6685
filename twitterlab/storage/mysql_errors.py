"""What an error of MySQL or MariaDB means to who asked: `Refused` where nothing has happened.

Source: MariaDB documentation, "MariaDB Error Code Reference"; PyMySQL, module `pymysql.err`.
"""

from __future__ import annotations

from pymysql import err

from twitterlab.errors import Refused

FAILURES = (err.MySQLError, UnicodeEncodeError, OSError)
"""What a statement can raise, its parameters included."""
DEADLOCK, LOCK_WAIT, CHANGED_SINCE = 1213, 1205, 1020
AGAIN = (DEADLOCK, LOCK_WAIT, CHANGED_SINCE)
"""Of two transactions that wait for each other the server ends one, which may try again."""
DUPLICATE, NO_PARENT, OUT_OF_RANGE = 1062, 1452, 1264
KINDS = {DUPLICATE: "taken", NO_PARENT: "missing"}


def code(error: BaseException) -> int:
    """The server's number of the error; 0 for one that has none."""
    first = error.args[0] if isinstance(error, err.MySQLError) and error.args else 0
    return first if isinstance(first, int) else 0


def outside(error: BaseException) -> Exception:
    """The error to raise for one that came before a commit. What only a wrong statement causes stays as it is."""
    if isinstance(error, UnicodeEncodeError):
        return Refused("a text with half a character")
    if code(error) == OUT_OF_RANGE:
        return Refused("a number beyond 64 bits")
    if isinstance(error, err.IntegrityError):
        return Refused(f"the schema refuses: {error}", KINDS.get(code(error), "invalid"))
    if isinstance(error, err.DataError):
        return Refused(f"MariaDB cannot keep this: {error}")
    if isinstance(error, err.OperationalError | err.InterfaceError | OSError):
        return Refused(f"the database cannot be used: {error}", "unavailable")
    return error if isinstance(error, Exception) else RuntimeError(repr(error))
