"""The note: which part is in call, and how often each was called, where another process can read it.

A run of student code writes it, the process that watches the run reads it: what stands in it is true even
when the run hangs or is killed. It is a file mapped into memory, which works alike on Linux, macOS and
Windows; without a file it is plain memory for a run that nobody watches.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Self

from twitterlab.parts import SLOTS

WORD_BYTES = 8
NUMBERS = {slot.name: number for number, slot in enumerate(SLOTS, 1)}
SIZE_BYTES = WORD_BYTES * (len(SLOTS) + 1)


class Note:
    """`words[0]` is the number of the slot in call, 0 for none; `words[n]` counts the calls of slot n."""

    def __init__(self, path: Path | None = None) -> None:
        self._memory: mmap.mmap | bytearray = _map(path) if path else bytearray(SIZE_BYTES)
        self.words: memoryview = memoryview(self._memory).cast("Q")

    def in_call(self) -> str | None:
        """The slot whose part is running at this moment."""
        number = self.words[0]
        return SLOTS[number - 1].name if number else None

    def calls(self) -> dict[str, int]:
        """Calls by slot. Two equal answers with the same part in call between them: it may hang there."""
        return {name: self.words[number] for name, number in NUMBERS.items()}

    def close(self) -> None:
        """Let go of the memory; the file is its owner's to delete."""
        self.words.release()
        if isinstance(self._memory, mmap.mmap):
            self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _map(path: Path) -> mmap.mmap:
    """The file at `path`, made if it is not there, as memory that all who map it share."""
    with path.open("a+b") as file:
        file.truncate(SIZE_BYTES)
        return mmap.mmap(file.fileno(), SIZE_BYTES)
