"""Long texts: what does not fit into a tweet's record, by row.

Objects of their own would lie anywhere in memory, and a page would wait for several lines of each. Texts of up to
`LONGEST` bytes are rows of one array, gathered many at a time; the few that are longer still are objects.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.memory import grown, zeros

ROW_BYTES = 384
LONGEST = ROW_BYTES - 8
"""A row holds the number of bytes and the bytes; most alphabets fill a tweet with fewer."""
ROOM = 1_024
RESTING = 1_024
"""So many places that were freed last are not used again: a reader in another thread may be about to read them."""
EXPECTED_ONE_IN = 8
"""Of so many tweets one may be long before the array is copied to a larger one, and everybody waits."""


class LongTexts(MutableMapping[int, str]):
    """Row of the tweet to text, as a dictionary, and `many` at a time beside writes of another thread. There is room for
    the texts of so many `rows`, and more is made."""

    def __init__(self, rows: int = ROOM) -> None:
        texts = max(rows // EXPECTED_ONE_IN, ROOM)
        self._slots: npt.NDArray[np.int32] = zeros((max(rows, 1),), np.int32)  # by row; 0: none here
        self._texts: npt.NDArray[np.uint8] = zeros((texts, ROW_BYTES), np.uint8)
        self._taken, self._free, self._count = 1, deque[int](), 0
        self._longer: dict[int, str] = {}

    def __setitem__(self, row: int, text: str) -> None:
        self.pop(row, None)
        said = text.encode("utf-8", "surrogatepass")
        if len(said) > LONGEST:
            self._longer[row] = text
            return
        slot = self._slot()
        self._texts[slot] = np.frombuffer(len(said).to_bytes(8, "little") + said.ljust(LONGEST, b"\0"), np.uint8)
        if row >= len(self._slots):
            self._slots = grown(self._slots, max(row + 1, 2 * len(self._slots)))
        self._slots[row] = slot  # a reader that finds it finds the text
        self._count += 1

    def __contains__(self, row: object) -> bool:
        return row in self._longer or (isinstance(row, int) and row < len(self._slots) and self._slots[row] != 0)

    def __getitem__(self, row: int) -> str:
        if row in self._longer:
            return self._longer[row]
        if row not in self:
            raise KeyError(row)
        said = self._texts[self._slots[row]].tobytes()
        return str(said[8 : 8 + int.from_bytes(said[:8], "little")], "utf-8", "surrogatepass")

    def __delitem__(self, row: int) -> None:
        if row in self._longer:
            del self._longer[row]
        elif row < len(self._slots) and self._slots[row]:
            self._free.append(int(self._slots[row]))
            self._slots[row] = 0
            self._count -= 1
        else:
            raise KeyError(row)

    def __iter__(self) -> Iterator[int]:
        yield from np.flatnonzero(self._slots).tolist()
        yield from self._longer

    def __len__(self) -> int:
        return self._count + len(self._longer)

    def many(self, rows: npt.NDArray[Any]) -> Sequence[str | None]:
        """The text of each row; None where it has no long one."""
        known = self._slots
        slots = known.take(rows, mode="clip")
        slots[rows >= len(known)] = 0
        gathered = self._texts.take(slots, axis=0)
        lengths = gathered[:, :8].copy().view(np.int64)[:, 0].tolist()
        blob = gathered.tobytes()
        texts: list[str | None] = [
            str(blob[begin : begin + length], "utf-8", "surrogatepass") if length else None
            for begin, length in zip(range(8, len(blob) + 8, ROW_BYTES), lengths, strict=True)
        ]
        if self._longer:
            for place in np.flatnonzero(slots == 0).tolist():
                texts[place] = self._longer.get(int(rows[place]))
        return texts

    def _slot(self) -> int:
        if len(self._free) > RESTING:
            return self._free.popleft()
        if self._taken == len(self._texts):
            self._texts = grown(self._texts, 2 * len(self._texts))
        self._taken += 1
        return self._taken - 1
