"""The population of the whole-Twitter load: up to ten million people, made from a seed in seconds.

Followers are Lomax distributed: a power law with exponent 2.276, as measured for Twitter's followers by Kwak et al.
("What is Twitter, a social network or a news media?", WWW 2010), with the case study's mean of 75; nobody has more than
one in `LARGEST_SHARE` of all. Up to half of somebody's followers are of their own community (see `communities`), the
others drawn from everybody by a milder power law. How often people come is a Zipf-Mandelbrot law of exponent 1,
independent of their followers: who is how active is shuffled, and of the shuffles one is taken with which a tweet has the
followers that a person has on average. (A shuffle taken blindly makes one of the largest accounts one of the most active
now and then, and a tweet's mean 123 instead of 75.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.bench.communities import Communities
from twitterlab.bench.population import MAX_USERS, Graph
from twitterlab.errors import BadInput
from twitterlab.storage.arrays.memory import zeros
from twitterlab.storage.arrays.transpose import from_pairs

EXPONENT = 2.276
MEAN_FOLLOWERS = 75.5
"""What is drawn: five in a thousand are drawn twice, or are oneself, and are dropped, and 75 stay."""
LARGEST_SHARE = 20
OUT_SKEW = 1.5
"""A share x of all that follow most makes x ** (1 / 1.5) of all follows."""
ACTIVITY_SHIFT = 1_000
"""Mandelbrot's shift of the Zipf law: without it the most active person of ten million would write every 16th tweet."""
SHUFFLES = range(7, 107)
TWEETS_ABOVE = 0.02
"""A tweet's followers are those of a person on average, and up to so much more."""
CHUNK_LINKS = 1 << 19
THREADS = 2

Indexes = npt.NDArray[np.int64]
Others = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class WholePopulation:
    """`starts` and `others`: the followers of everybody, ascending, as compressed rows of indexes. `shuffle`: of how
    active everybody is."""

    users: int
    seed: int
    starts: Indexes
    others: Others
    shuffle: int = SHUFFLES[0]

    @property
    def follows(self) -> int:
        return len(self.others)

    def people(self, count: int, stream: int) -> Indexes:
        """Indexes of people who come now, by how active they are. Equal streams give equal people."""
        share = _random(self.seed, 1_000 + stream).random(count)
        ranks = ACTIVITY_SHIFT * ((self.users + ACTIVITY_SHIFT) / ACTIVITY_SHIFT) ** share - ACTIVITY_SHIFT
        return _shuffled(np.minimum(ranks.astype(np.int64), self.users - 1), self.users, self.shuffle)


def whole_population(users: int, seed: int, progress: Callable[[float], None] = lambda share: None) -> WholePopulation:
    """The graph of so many people. BadInput for a number of users we cannot make."""
    if not 2 <= users <= MAX_USERS:
        raise BadInput(f"cannot make a population of {users}", f"Give a number from 2 to {MAX_USERS:,}.")
    wanted = _followers(users, seed)
    ends = np.cumsum(wanted)
    others: Others = zeros((int(ends[-1]),), np.int32)
    starts = zeros((users + 1,), np.int64)
    chunks, written = list(_chunks(ends)), 0

    def links(number: int) -> tuple[Indexes, Others]:
        first, last = chunks[number]
        keys = _links(users, seed, number, first, wanted[first:last])
        return np.bincount((keys >> 32) - first, minlength=last - first), keys.astype(np.int32)  # the lower half

    with ThreadPoolExecutor(THREADS, "links") as workers:
        for (first, last), (counts, followers) in zip(chunks, workers.map(links, range(len(chunks))), strict=True):
            starts[first + 1 : last + 1] = written + np.cumsum(counts)
            others[written : written + len(followers)] = followers
            written += len(followers)
            progress(last / users)
    return WholePopulation(users, seed, starts, others[:written], _shuffle_of(np.diff(starts)))


def _chunks(ends: Indexes) -> Iterator[tuple[int, int]]:
    """People whose followers are drawn together, from `first` to before `last`: some `CHUNK_LINKS` links."""
    first = 0
    while first < len(ends):
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + CHUNK_LINKS, side="right")), first + 1)
        yield first, last
        first = last


def population_of(graph: Graph, seed: int) -> WholePopulation:
    """The people of an edge list; when they come is drawn from the seed."""
    follows = np.array(graph.follows, np.int64).reshape(-1, 2)
    starts, others = from_pairs(follows[:, 1], follows[:, 0], graph.users)
    return WholePopulation(graph.users, seed, starts, others, _shuffle_of(np.diff(starts)))


def _shuffle_of(followers: Indexes) -> int:
    """The first shuffle of activity that gives tweets the mean followers; the nearest one where none does."""
    users, mean = len(followers), followers.mean()
    ranks = np.arange(users + 1)
    share = np.diff(np.log(ranks + ACTIVITY_SHIFT)) / np.log((users + ACTIVITY_SHIFT) / ACTIVITY_SHIFT)
    nearest, least = SHUFFLES[0], np.inf
    for shuffle in SHUFFLES:
        above = share @ followers[_shuffled(ranks[:-1], users, shuffle)] / max(mean, 1) - 1
        if 0 <= above <= TWEETS_ABOVE:
            return shuffle
        if abs(above) < least:
            nearest, least = shuffle, abs(above)
    return nearest


def _followers(users: int, seed: int) -> Indexes:
    """How many followers each is to have: quantiles of the distribution, shuffled, so that every seed has its mean."""
    upper = np.arange(1, users + 1) - 0.5
    tail, most = (users / upper) ** (1 / (EXPONENT - 1)) - 1, max(users / LARGEST_SHARE, 1)
    low, high = 0.0, 1e6
    mean = min(MEAN_FOLLOWERS, (users - 1) / 4)
    for _ in range(60):
        scale = (low + high) / 2
        counts = np.minimum(scale * tail, most)
        low, high = (scale, high) if counts.mean() < mean else (low, scale)
    return np.round(counts).astype(np.int64)[_shuffled(np.arange(users), users, seed)]


def _links(users: int, seed: int, chunk: int, first: int, wanted: Indexes) -> Indexes:
    """Sorted keys (followee << 32 | follower) of one chunk, no link twice and none to oneself."""
    random = _random(seed, chunk)
    people = np.arange(first, first + len(wanted))
    near, neighbours = Communities(users).followers(people, wanted, random)
    share = random.random(int((wanted - near).sum()))
    strangers = _shuffled((users * share * np.sqrt(share)).astype(np.int64), users, 3)
    keys = np.concatenate((np.repeat(people, near), np.repeat(people, wanted - near))) << 32
    keys |= np.concatenate((neighbours, strangers))
    keys.sort()
    is_kept = np.empty(len(keys), bool)
    is_kept[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=is_kept[1:])
    is_kept &= keys >> 32 != keys & 0xFFFFFFFF
    return keys[is_kept]


def _shuffled(indexes: npt.NDArray[Any], users: int, salt: int) -> Indexes:
    """A one-to-one map of the indexes onto themselves: multiplication by a number prime to their count."""
    factor = int(users * 0.6180339887) + 2 * salt + 1
    while gcd(factor, users) != 1:
        factor += 1
    return (indexes.astype(np.int64) * factor + salt) % users


def _random(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, stream))))
