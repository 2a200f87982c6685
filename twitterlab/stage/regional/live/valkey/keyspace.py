"""All keys of all servers, counted when everything is over, against what people were told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twitterlab.stage.scenarios.reshard_pages import Told

AT_ONCE = 1_000
"""Keys of one SCAN, and of one pipeline."""
NO_TAG = str.maketrans("", "", "{}")


@dataclass(frozen=True, slots=True)
class Keyspace:
    """`lost`: acknowledged tweets that nobody deleted and that are not where they belong. `doubled`: tweets on two servers. `back`: tweets
    whose deletion was acknowledged. `left_over`: keys on servers they do not belong to. `keys` by server."""

    lost: int
    doubled: int
    back: int
    left_over: int
    tweets: int
    keys: Mapping[str, int]

    @property
    def uneven(self) -> float:
        """The fullest server against the mean."""
        return max(self.keys.values()) * len(self.keys) / max(1, sum(self.keys.values()))


def judge_keyspace(found: Mapping[str, Mapping[str, list[int]]], owner: Callable[[int], str], told: Told) -> Keyspace:
    """`found` is what `contents` gives for each server, `owner` the name of the server where an author belongs."""
    at_home: set[int] = set()
    copies: Counter[int] = Counter()
    left_over = 0
    for server, keys in found.items():
        for key, ids in keys.items():
            kind, _, author = key.partition(":")
            is_at_home = owner(int(author)) == server
            left_over += not is_at_home
            if kind == "tweets":
                copies.update(ids)
                at_home.update(ids if is_at_home else ())
    due = set().union(*told.due.values()) - told.deleted
    return Keyspace(
        lost=len(due - at_home),
        doubled=sum(count > 1 for count in copies.values()),
        back=sum(tweet in copies for tweet in told.gone),
        left_over=left_over,
        tweets=len(at_home),
        keys={server: len(keys) for server, keys in found.items()},
    )


async def contents(client: Any) -> dict[str, list[int]]:
    """Every key of one server that holds ids, with them, as `tweets:17` or `gone:17`."""
    names = [name.decode() async for name in client.scan_iter(count=AT_ONCE)]
    names = [name for name in set(names) if ":" in name]
    found: dict[str, list[int]] = {}
    for begin in range(0, len(names), AT_ONCE):
        some = names[begin : begin + AT_ONCE]
        pipe = client.pipeline(transaction=False)
        for name in some:
            pipe.zrange(name, 0, -1) if name.startswith("tweets:") else pipe.smembers(name)
        for name, ids in zip(some, await pipe.execute(), strict=True):
            found[name.translate(NO_TAG)] = [int(one) for one in ids]
    return found
