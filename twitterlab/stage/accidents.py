"""Accidents: what went wrong in a run, counted and explained; the run goes on."""

from __future__ import annotations

import re
import sqlite3
import traceback
from collections import Counter

from twitterlab.errors import Refused

_PART = re.compile(r"day\d+_(\w+)\.py$")


class Accidents:
    """Counts failures by their words. `culprits` are the slots whose own code raised."""

    def __init__(self) -> None:
        self.count = 0
        self.limited = 0  # refused by a rate limit: the system did its duty
        self.culprits: Counter[str] = Counter()
        self._words: Counter[str] = Counter()

    def happened(self, error: BaseException, during: str) -> None:
        """One more. Memory that ran out is passed on: nothing after it can be trusted."""
        if isinstance(error, MemoryError):
            raise error
        if isinstance(error, Refused) and error.kind == "limited":
            self.limited += 1
            return
        self.count += 1
        slot, where = origin(error)
        if slot:
            self.culprits[slot] += 1
        self._words[f"{during}: {_said(error)}{where}"] += 1

    def commonest(self) -> str:
        """The most frequent one in a line; empty when all went well."""
        return next((f"{count:,} x {words}" for words, count in self._words.most_common(1)), "")


def _said(error: BaseException) -> str:
    """The error without its numbers, so that equal ones count as one."""
    said = str(error).splitlines()[0] if str(error) else ""
    if isinstance(error, Refused):
        return re.sub(r"\d+", "…", said)
    return f"{type(error).__name__} {re.sub(r'[0-9]+', '…', said)}".strip()


def origin(error: BaseException) -> tuple[str, str]:
    """(slot, place) of the deepest frame that lies in a part's file; SQL that SQLite refuses is the schema's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        found = _PART.search(frame.filename)
        if found:
            path = "/".join(re.split(r"[\\/]", frame.filename)[-3:])
            return found[1], f" ({path}, line {frame.lineno})"
    return ("schema", "") if isinstance(error, sqlite3.Error) else ("", "")
