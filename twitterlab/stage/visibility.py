"""How long until a tweet is seen: a follower who keeps refreshing their home page."""

from __future__ import annotations

import asyncio

from twitterlab.bench.histogram import Histogram
from twitterlab.errors import Failure
from twitterlab.platform.client import Client
from twitterlab.stage.spies import UNCOUNTED
from twitterlab.world.world import World

REFRESH_MS = 5
PATIENCE_MS = 2_000
"""Who has not seen it by then stops looking; it counts as this long, which no target allows."""
PAGES = 10


class Visibility:
    """Watches tweets from the intended start of their post until a follower's page shows them."""

    def __init__(self, client: Client, world: World) -> None:
        self._client, self._world = client, world
        self._watching: set[asyncio.Task[None]] = set()
        self.waits = Histogram()
        self.given_up = 0

    def watch(self, follower_id: int, tweet_id: int, since_ns: int) -> None:
        """Start refreshing in the background."""
        task = asyncio.ensure_future(self._refresh(follower_id, tweet_id, since_ns))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def finish(self) -> None:
        """Wait for those who still look: `PATIENCE_MS` bounds each refresh, a timeout all of them."""
        if not self._watching:
            return
        _, stuck = await asyncio.wait(set(self._watching), timeout=2 * PATIENCE_MS / 1e3)
        for task in stuck:
            task.cancel()
            self._give_up()

    async def _refresh(self, follower_id: int, tweet_id: int, since_ns: int) -> None:
        UNCOUNTED.set(True)  # in this task's own context
        while (waited_ns := self._world.stopwatch_ns() - since_ns) < PATIENCE_MS * 1_000_000:
            if await self._is_shown(follower_id, tweet_id):
                self.waits.record(self._world.stopwatch_ns() - since_ns)
                return
            await self._world.clock.sleep_ms(max(REFRESH_MS, waited_ns / 4e6))
        self._give_up()

    async def _is_shown(self, follower_id: int, tweet_id: int) -> bool:
        """Read on while the page ends above the tweet: it may have sunk below the first page since the last look."""
        cursor = None
        for _ in range(PAGES):
            try:
                page = await self._client.home(follower_id, cursor)
            except Failure:
                return False
            ids = [view.tweet.id for view in page.items]
            if tweet_id in ids:
                return True
            cursor = page.next_cursor
            if cursor is None or (ids and min(ids) < tweet_id):
                return False
        return False

    def _give_up(self) -> None:
        self.given_up += 1
        self.waits.record(PATIENCE_MS * 1_000_000)
