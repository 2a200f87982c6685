"""The people of a live run: they sign up, read, post, like, follow and search, and tell the oracle what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from twitterlab.bench.oracle import Oracle
from twitterlab.bench.population import Graph
from twitterlab.bench.workload import Action, Operation, text_of
from twitterlab.errors import Uncertain
from twitterlab.platform.client import Client
from twitterlab.stage.accidents import Accidents
from twitterlab.stage.patience import Patience
from twitterlab.stage.visibility import Visibility
from twitterlab.storage.follows.port import Follows
from twitterlab.world.world import World

CROWD = 100
"""So many sign up at once, and share the way to the disk."""
SIGN_UPS = 3
"""Tries a person has to sign up; a source of ids that repeats fails some."""
PATIENCE_S = 5.0
"""Who has no answer by then gives up."""
WATCH_EVERY = 2
"""Every so many posts a follower waits for the tweet."""
UNCERTAIN = (Uncertain, TimeoutError)


class People:
    """Users by index. `started_ns` is when the schedule began, 0 while it has not: then nobody watches for tweets."""

    def __init__(self, client: Client, world: World, oracle: Oracle, accidents: Accidents) -> None:
        self._client, self._world, self._oracle, self._accidents = client, world, oracle, accidents
        self.visibility = Visibility(client, world)
        self.ids: list[int | None] = []
        self.started_ns = 0
        self.acts = 0
        self._followers: dict[int, list[int]] = {}
        self._seen: dict[int, list[int]] = {}
        self._posts = 0

    @property
    def known(self) -> list[int]:
        """The ids of those who could sign up."""
        return [user for user in self.ids if user is not None]

    async def sign_up(self, graph: Graph, follows: Follows, progress: Callable[[float], None]) -> None:
        """Everybody gets an account; who follows whom is loaded at once."""
        for first in range(0, graph.users, CROWD):
            progress(first / graph.users)
            crowd = range(first, min(first + CROWD, graph.users))
            self.ids += await asyncio.gather(*map(self._sign_up, crowd))
        pairs = [(self.ids[a], self.ids[b]) for a, b in graph.follows]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        await follows.follow_many(known, self._world.clock.now_ms())
        for follower, followee in known:
            self._oracle.followed(follower, followee)
            self._followers.setdefault(followee, []).append(follower)

    async def perform(self, operation: Operation) -> bool:
        """One act of one person; whether it succeeded. No part's failure gets past here."""
        me = self.ids[operation.user]
        if me is None:
            return False
        self.acts += 1
        number, before_ns, is_done = self.acts, self._world.stopwatch_ns(), False
        try:
            async with Patience(PATIENCE_S):
                await self._act(me, operation)
            is_done = True
        except asyncio.CancelledError:  # the run is cut off: it may have happened
            self._oracle.doubted(me)
            raise
        except Exception as error:
            if isinstance(error, UNCERTAIN):
                self._oracle.doubted(me)
            self._accidents.happened(error, operation.action.value)
        ms = (self._world.stopwatch_ns() - before_ns) / 1e6
        self._world.emit(operation.action.value, request=number, user_id=me, ms=round(ms, 3), ok=is_done)
        return is_done

    async def _sign_up(self, number: int) -> int | None:
        """The new account's id, or None when it could not be had."""
        for _ in range(SIGN_UPS):
            try:
                return (await self._client.sign_up(f"user{number}", f"User {number}", "")).id
            except Exception as error:
                self._accidents.happened(error, "sign up")
        return None

    async def _act(self, me: int, operation: Operation) -> None:
        if operation.action is Action.READ:
            page = await self._client.home(me)
            self._seen[me] = [view.tweet.id for view in page.items]
        elif operation.action is Action.POST:
            await self._post(me, operation)
        elif operation.action is Action.LIKE:
            if seen := self._seen.get(me):
                await self._client.like(me, seen[int(operation.pick * len(seen))])
        elif operation.action is Action.FOLLOW:
            other = self.ids[operation.other]
            if other is not None and other != me:
                await self._client.follow(me, other)
                self._oracle.followed(me, other)
        else:
            await self._client.search(me, operation.word)

    async def _post(self, me: int, operation: Operation) -> None:
        tweet = await self._client.post(me, text_of(operation))
        self._oracle.posted(me, tweet.id)
        self._world.emit("posted", tweet_id=tweet.id, author_id=me)
        followers = self._followers.get(me)
        self._posts += 1
        if self.started_ns and followers and self._posts % WATCH_EVERY == 0:
            follower = followers[int(operation.pick * len(followers))]
            self.visibility.watch(follower, tweet.id, self.started_ns + operation.at_ns)
