"""Communities: blocks of people with neighbouring indexes, who follow each other more than they follow others.

As in the benchmark graphs of Lancichinetti, Fortunato and Radicchi ("Benchmark graphs for testing community detection
algorithms", 2008) the sizes follow a power law of exponent 2 (each doubling of the size holds as many people as the last)
and `INSIDE` of somebody's followers are to come from their own community. Large accounts find fewer there: nobody is
followed by more than one in `LARGEST_PART` of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

INSIDE = 0.5
LARGEST_PART = 4
SMALLEST, LARGEST = 64, 8_192
"""Sizes are powers of two, so that every odd stride visits all of a community before it comes again."""

Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Communities:
    """Those of so many people. The last one of every size may be cut short."""

    users: int

    def of(self, people: Indexes) -> tuple[Indexes, Indexes]:
        """Where the community of each begins, and how many it has."""
        sizes = self._sizes()
        bounds = np.linspace(0, self.users, len(sizes) + 1).astype(np.int64)
        group = np.searchsorted(bounds, people, side="right") - 1
        size, begin = sizes[group], bounds[group]
        begin = begin + (people - begin) // size * size
        return begin, np.minimum(begin + size, bounds[group + 1]) - begin

    def followers(self, people: Indexes, wanted: Indexes, random: np.random.Generator) -> tuple[Indexes, Indexes]:
        """Followers of each from their own community, at most one in `LARGEST_PART` of it; how many, and who, in turn.
        Nobody comes twice, but somebody may come to themselves."""
        begins, sizes = self.of(people)
        counts = np.minimum((wanted * INSIDE + random.random(len(people))).astype(np.int64), sizes // LARGEST_PART)
        first = random.integers(0, LARGEST, len(people))
        strides = 2 * random.integers(0, LARGEST, len(people)) + 1
        places = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        places *= np.repeat(strides, counts)
        places += np.repeat(first, counts)
        places %= np.repeat(sizes, counts)
        places += np.repeat(begins, counts)
        return counts, places

    def _sizes(self) -> Indexes:
        """Doubling sizes; in a small population the largest still has neighbours of its own size."""
        sizes = SMALLEST << np.arange(int(np.log2(LARGEST // SMALLEST)) + 1)
        kept: Indexes = sizes[sizes * 16 <= max(self.users, 16 * SMALLEST)].astype(np.int64)
        return kept
