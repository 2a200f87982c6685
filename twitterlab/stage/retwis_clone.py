"""A careful retwis on a real Valkey: what the timelines of this process are measured against.

Retwis is the Twitter clone of the Redis documentation. Here it is written as well as redis-py allows: hiredis, pipelines
of five hundred commands, a sorted set of 800 a timeline (ZADD and a trim for every follower), a read of ZREVRANGE and one
MGET; and once more with the fan-out as a loop inside the server. Bodies are stored ready, and are not even decoded. What
counts is processor time: the client's and the server's own together are the cores that a row used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.bench.whole_population import WholePopulation
from twitterlab.stage.whole_setup import texts
from twitterlab.storage.arrays.accounts import FIRST_ID, ID_STEP
from twitterlab.world.live import cpu_ns

CAPACITY = 800
PIPELINE = 500
PAGE = 20
SCRIPT = """
for i = 2, #ARGV do
  local key = 'home:' .. ARGV[i]
  server.call('ZADD', key, ARGV[1], ARGV[1])
  server.call('ZREMRANGEBYRANK', key, 0, -801)
end
"""
Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rates:
    """What a row did with a second of a core: its own processor time, and its server's."""

    deliveries_per_core_s: float
    reads_per_core_s: float
    tweets_a_page: float


@dataclass(frozen=True, slots=True)
class Workload:
    """The same for every row: who posts, then who reads. Indexes of people."""

    population: WholePopulation
    warm: Indexes
    authors: Indexes
    readers: Indexes

    def followers(self, author: int) -> Indexes:
        starts = self.population.starts
        return self.population.others[starts[author] : starts[author + 1]].astype(np.int64)

    @property
    def deliveries(self) -> int:
        starts = self.population.starts
        return int((starts[self.authors + 1] - starts[self.authors]).sum())


class Retwis:
    """The clone over a client that blocks. `is_scripted`: fan-out is a loop in the server."""

    def __init__(self, client: Any, workload: Workload, is_scripted: bool) -> None:
        self._client, self._workload, self._is_scripted = client, workload, is_scripted
        self._script = client.script_load(SCRIPT.replace("server.call", "redis.call"))
        self._next_id = 0
        self._pool = texts()

    def post(self, authors: Indexes) -> None:
        """Store every tweet and put it on its author's and its followers' timelines."""
        pipeline = self._client.pipeline(transaction=False)
        for author in authors.tolist():
            self._next_id += 1
            tweet_id = self._next_id
            pipeline.set(f"tweet:{tweet_id}", self._body(author, tweet_id))
            reached = [author, *self._workload.followers(author).tolist()]
            if self._is_scripted:
                pipeline.evalsha(self._script, 0, tweet_id, *reached)
                if tweet_id % (PIPELINE // 10) == 0:
                    pipeline.execute()
                continue
            for user in reached:
                key = f"home:{user}"
                pipeline.zadd(key, {tweet_id: tweet_id})
                pipeline.zremrangebyrank(key, 0, -CAPACITY - 1)
                if len(pipeline) >= PIPELINE:
                    pipeline.execute()
        pipeline.execute()

    def read(self, readers: Indexes) -> int:
        """The newest page of each; how many tweets they were. Every byte has arrived, nothing is decoded."""
        pipeline, tweets = self._client.pipeline(transaction=False), 0
        for users in chunks(readers, PIPELINE):
            for user in users.tolist():
                pipeline.zrevrange(f"home:{user}", 0, PAGE - 1)
            pages = pipeline.execute()
            for page in pages:
                if page:
                    pipeline.mget([b"tweet:" + member for member in page])
            tweets += sum(map(len, pipeline.execute()))
        return tweets

    def _body(self, author: int, tweet_id: int) -> bytes:
        """Author, handle, time, text and counters, as they go to the reader."""
        text = self._pool[tweet_id % len(self._pool)]
        return f"{FIRST_ID + ID_STEP * author}|p{author}|{tweet_id}|0|0|0|{text}".encode()


def measured(
    workload: Workload, post: Callable[[Indexes], object], read: Callable[[Indexes], int], server_ns: Callable[[], int]
) -> Rates:
    """Fill the timelines, then measure posting, then reading."""

    def spent_ns() -> int:
        return cpu_ns() + server_ns()

    post(workload.warm)
    before_ns = spent_ns()
    post(workload.authors)
    posting_ns = spent_ns() - before_ns
    before_ns = spent_ns()
    tweets = read(workload.readers)
    reading_ns = spent_ns() - before_ns
    readers = len(workload.readers)
    return Rates(workload.deliveries / posting_ns * 1e9, readers / reading_ns * 1e9, tweets / readers)


def on_valkey(workload: Workload, is_scripted: bool) -> tuple[Rates, str]:
    """The clone on a Valkey of its own that writes nothing to disk; and the server's name and version."""
    from redis import Redis

    from twitterlab.servers import valkey

    with valkey.open(settings=valkey.VOLATILE) as server, Redis(**server.address()) as client:
        retwis = Retwis(client, workload, is_scripted)

        def server_ns() -> int:
            told = client.info("cpu")
            return int((told["used_cpu_user"] + told["used_cpu_sys"]) * 1e9)

        return measured(workload, retwis.post, retwis.read, server_ns), server.label()


def chunks(people: Indexes, size: int) -> Iterator[Indexes]:
    for first in range(0, len(people), size):
        yield people[first : first + size]


def thinned(population: WholePopulation, mean: float) -> WholePopulation:
    """The same people with fewer follows: `mean` each, left out at random by the population's seed."""
    keep = np.random.Generator(np.random.PCG64((population.seed, 4))).random(population.follows)
    is_kept = keep < mean * population.users / population.follows
    kept = np.concatenate(([0], np.cumsum(is_kept)))
    return WholePopulation(population.users, population.seed, kept[population.starts], population.others[is_kept])


def workload_of(population: WholePopulation, tweets: int, reads: int, warm_up: int) -> Workload:
    people: Callable[[int, int], Indexes] = population.people
    return Workload(population, people(warm_up, 31), people(tweets, 32), people(reads, 33))


def best(rates: Sequence[Rates]) -> Rates:
    """The best of each: what disturbed a round is left out."""
    return Rates(
        max(one.deliveries_per_core_s for one in rates), max(one.reads_per_core_s for one in rates), rates[0].tweets_a_page
    )  # fmt: skip
