"""Gathering: from people to the rows on their newest page, and from rows to copies of the tweets' records.

With ten million people a page's records lie anywhere in a gigabyte, and waiting for memory is most of the work. Where the
extra `fast` is installed, large populations are read by compiled code that asks for records before it comes to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.rings import Rings, Rows
from twitterlab.storage.arrays.tweet_rows import LONG, RECORD, TIED, WORDS

LARGE_POPULATION = 100_000
"""People from which compiled code is fetched: below, loading it takes longer than it saves."""

Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gathering:
    """`newest`: of rings, users (that are there) and a limit, as `Rings.page`. `copies`: of records and rows (flat), a
    copy of each row's record (rows, WORDS), and the places of those that are long or tied, ascending; rows that are not
    there give any record."""

    newest: Callable[[Rings, Indexes, int], tuple[Rows, npt.NDArray[np.bool_]]]
    copies: Callable[[npt.NDArray[Any], npt.NDArray[Any]], tuple[npt.NDArray[np.uint64], Indexes]]
    by: str


def copies(records: npt.NDArray[Any], rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint64], Indexes]:
    """numpy's gather."""
    out = np.empty((len(rows), WORDS), np.uint64)
    records.view(np.uint64).reshape(-1, WORDS).take(rows, axis=0, out=out, mode="clip")
    return out, np.flatnonzero(out.view(RECORD)["flags"] & (LONG | TIED))


BY_NUMPY = Gathering(Rings.page, copies, "numpy")


def gathering_for(population: int) -> Gathering:
    """The quickest there is for so many people."""
    if population < LARGE_POPULATION or find_spec("numba") is None:
        return BY_NUMPY
    from twitterlab.storage.arrays import prefetching

    return Gathering(prefetching.newest, prefetching.copies, "numba")
