"""Workloads: what people do and when, decided before anything runs.

Arrivals are open-loop: a Poisson process that does not wait for answers, so that a slow system meets the
same load as a fast one and its queueing shows (Schroeder, Wierman, Harchol-Balter, "Open Versus Closed:
A Cautionary Tale", NSDI 2006). Who acts is Zipf-distributed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from math import log
from types import MappingProxyType

from twitterlab.world.chance import SeededChance


class Action(Enum):
    """What a person does."""

    READ = "read"  # a page of the home timeline
    POST = "post"
    LIKE = "like"
    FOLLOW = "follow"
    SEARCH = "search"


MIX: Mapping[Action, float] = MappingProxyType(
    {Action.READ: 0.88, Action.POST: 0.03, Action.LIKE: 0.05, Action.FOLLOW: 0.01, Action.SEARCH: 0.03}
)
"""Shares of operations. The case study has 50 home reads a tweet; here 29, so that a short run posts enough."""
ZIPF_EXPONENT = 1.0
"""The r-th most active person acts in proportion to `r ** -ZIPF_EXPONENT`."""
WORDS = (
    "tea", "rain", "train", "code", "cat", "music", "news", "match",
    "river", "garden", "paper", "bread", "light", "coffee", "winter", "story",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """Something `user` (an index) does `at_ns` after the start. `other` is the person to follow; `word` is
    what is searched for, or the topic of a tweet; `pick` in [0, 1) chooses among tweets seen."""

    at_ns: int
    action: Action
    user: int
    other: int
    word: str
    pick: float


def operations(
    users: int,
    count: int,
    per_second: float,
    seed: int,
    mix: Mapping[Action, float] = MIX,
    zipf_exponent: float = ZIPF_EXPONENT,
) -> Iterator[Operation]:
    """`count` operations at a mean rate of `per_second`, in order of time. Equal arguments give equal operations."""
    if users < 1 or count < 0 or per_second <= 0:
        raise ValueError(f"no workload of {count} operations at {per_second}/s by {users} users")
    gaps, people, deeds = (SeededChance(seed, f"workload/{name}") for name in ("gaps", "people", "deeds"))
    actions = tuple(mix)
    shares = _cumulative([mix[action] for action in actions])
    activity = _cumulative([(rank + 1) ** -zipf_exponent for rank in range(users)])
    order = _shuffled(users, people)
    at = 0.0
    for _ in range(count):
        at -= log(1.0 - gaps.random()) / per_second
        action = actions[_draw(shares, deeds.random())]
        user = order[_draw(activity, people.random())]
        other = people.below(users)
        yield Operation(round(at * 1e9), action, user, other, WORDS[deeds.below(len(WORDS))], deeds.random())


def text_of(operation: Operation) -> str:
    """What the tweet of a POST says: a topic as a hashtag and one more word."""
    return f"{WORDS[int(operation.pick * len(WORDS))]} and #{operation.word}"


def _cumulative(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [partial / total for partial in accumulate(weights)]


def _draw(cumulative: Sequence[float], number: float) -> int:
    return min(bisect_right(cumulative, number), len(cumulative) - 1)


def _shuffled(count: int, chance: SeededChance) -> list[int]:
    """Fisher-Yates: who is active has nothing to do with who is followed."""
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = chance.below(last + 1)
        order[last], order[other] = order[other], order[last]
    return order
