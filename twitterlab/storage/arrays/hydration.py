"""Hydration: from the rows on a page to copies of their records, and which of them have more to them than a record.

With ten million people a page's records lie anywhere in a gigabyte, and waiting for memory is most of the work. Where the
extra `fast` is installed, large populations are read by compiled code that asks for records before it comes to them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.tweet_rows import LONG, RECORD, TIED, WORDS

LARGE_POPULATION = 100_000
"""People from which compiled code is fetched: below, loading it takes longer than it saves."""

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Hydrate = Callable[[npt.NDArray[Any], npt.NDArray[Any]], tuple[Words, Places]]
"""From records and rows (flat) to a copy of each row's record (rows, WORDS), and the places of those that are long or
tied, ascending. Rows that are not there give any record."""


def by_take(records: npt.NDArray[Any], rows: npt.NDArray[Any]) -> tuple[Words, Places]:
    """numpy's gather."""
    out = np.empty((len(rows), WORDS), np.uint64)
    records.view(np.uint64).reshape(-1, WORDS).take(rows, axis=0, out=out, mode="clip")
    return out, np.flatnonzero(out.view(RECORD)["flags"] & (LONG | TIED))


def hydration_for(population: int) -> Hydrate:
    """The quickest there is for so many people."""
    if population < LARGE_POPULATION or find_spec("numba") is None:
        return by_take
    from twitterlab.storage.arrays.prefetching import by_prefetch

    return by_prefetch
