"""Turning links around: from "who follows them" to "whom they follow", a chunk at a time.

A chunk's links are sorted by their other end, so that writing them is nearly one walk through memory: 750 million
links take seconds where a write each at random would take minutes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.memory import zeros

CHUNK = 1 << 21
COUNT_CHUNK = 1 << 25
Indexes = npt.NDArray[np.int64]
Others = npt.NDArray[np.int32]


def transposed(starts: Indexes, others: Others, users: int) -> tuple[Indexes, Others]:
    """Of everybody, in whose lists they are, ascending; as `starts` and `others` of their own."""
    there = zeros((users + 1,), np.int64)
    for first in range(0, len(others), COUNT_CHUNK):
        there[1:] += np.bincount(others[first : first + COUNT_CHUNK], minlength=users)
    np.cumsum(there, out=there)
    turned: Others = zeros((len(others),), np.int32)
    free = there[:-1].copy()
    for first in range(0, len(others), CHUNK):
        chunk = others[first : first + CHUNK]
        owners = np.searchsorted(starts, [first, first + len(chunk) - 1], side="right") - 1
        bounds = np.clip(starts[owners[0] : owners[1] + 2], first, first + len(chunk))
        lengths = bounds[1:] - bounds[:-1]
        keys = chunk.astype(np.int64) << 32 | np.repeat(np.arange(owners[0], owners[1] + 1), lengths)
        keys.sort()
        _write(keys, free, turned)
    return there, turned


def _write(keys: Indexes, free: Indexes, turned: Others) -> None:
    """Sorted (other, owner) pairs go to where the others' lists have room next."""
    ends: Any = keys >> 32
    begins = np.concatenate(([0], np.nonzero(ends[1:] != ends[:-1])[0] + 1))
    runs = np.concatenate((begins[1:], [len(keys)])) - begins
    whose = ends[begins]
    places = np.arange(len(keys)) + np.repeat(free[whose] - begins, runs)
    turned[places] = keys & 0xFFFFFFFF
    free[whose] += runs


def from_pairs(owners: Indexes, others: Indexes, users: int) -> tuple[Indexes, Others]:
    """Rows of all pairs, in any order; a pair that comes twice is one, and nobody is in their own list."""
    keys = np.unique((owners << 32 | others)[owners != others])
    starts = zeros((users + 1,), np.int64)
    starts[1:] = np.cumsum(np.bincount(keys >> 32, minlength=users))
    return starts, (keys & 0xFFFFFFFF).astype(np.int32)
