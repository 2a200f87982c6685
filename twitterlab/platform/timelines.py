"""Home timelines: from the cache, from the timelines kept, or worked out from the source."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from operator import neg

from twitterlab.errors import Uncertain
from twitterlab.parts.cache import TIMELINE_LIMIT, Cache, Entry, Kind
from twitterlab.platform.cursors import NEWEST
from twitterlab.storage.stores import Stores

WRITERS_REMEMBERED = 10_000
OWN_REMEMBERED = 20


class HomeTimelines:
    """Pages of ids. An author sees their own tweet at once, before fan-out has reached them."""

    def __init__(self, stores: Stores, cache: Cache) -> None:
        self._stores, self._cache = stores, cache
        self._own: OrderedDict[int, list[int]] = OrderedDict()
        self._limit = min(TIMELINE_LIMIT, stores.timelines.capacity)

    async def page(self, me: int, before_id: int, limit: int) -> list[int]:
        """The newest `limit` ids below `before_id`."""

        async def load() -> Sequence[bytes]:
            return [str(tweet_id).encode() for tweet_id in await self._source(me)]

        members = await self._cache.get(Entry(Kind.HOME, me), load)
        ids = list(map(int, members))
        floor = min(ids) if len(members) >= self._limit else -1
        ids += (tweet_id for tweet_id in self._own.get(me, ()) if tweet_id > floor)
        ids.sort(reverse=True)  # nearly sorted already, and then this is one pass
        page = list(dict.fromkeys(ids[bisect_right(ids, -before_id, key=neg) :]))[:limit]
        if len(page) < limit and floor >= 0:
            return await self._stores.tweets.home(me, before_id, limit)
        return page

    def posted(self, author_id: int, tweet_id: int) -> None:
        """The author has just posted."""
        own = self._own.setdefault(author_id, [])
        own.append(tweet_id)
        del own[:-OWN_REMEMBERED]
        self._own.move_to_end(author_id)
        if len(self._own) > WRITERS_REMEMBERED:
            self._own.popitem(last=False)

    async def forget(self, user_ids: Sequence[int]) -> None:
        """What these people follow has changed. Where Redis is down, fan-out does it again when it is back:
        the change was committed with its event."""
        with suppress(Uncertain):
            await self._stores.timelines.forget(user_ids)
        await self._cache.forget([Entry(Kind.HOME, user_id) for user_id in user_ids])

    async def _source(self, me: int) -> list[int]:
        kept = await self._stores.timelines.page(me, NEWEST, self._limit)
        if kept is not None:
            return kept
        tweet_ids = await self._stores.tweets.home(me, NEWEST, TIMELINE_LIMIT)
        await self._stores.timelines.fill(me, tweet_ids, is_whole=len(tweet_ids) < TIMELINE_LIMIT)
        return tweet_ids
