"""What widgets tell the app."""

from __future__ import annotations

from textual.message import Message


class SearchChanged(Message):
    """Only lines of the event log that hold `words` are wanted."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class SearchClosed(Message):
    """Nobody types any more; `is_kept` says whether the search stays."""

    def __init__(self, is_kept: bool) -> None:
        super().__init__()
        self.is_kept = is_kept


class RunEnded(Message):
    """The lab's child has ended: with a report, or with the error that stopped it."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self.error = error
