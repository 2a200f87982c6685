"""Reading: from ids to what one viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from twitterlab.model.page import Page
from twitterlab.model.tweet import Tweet, TweetView
from twitterlab.model.user import User
from twitterlab.platform import cursors
from twitterlab.storage.stores import Stores


class Reader:
    """Turns ids into views with a fixed number of reads a page, whatever its length."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def views(self, me: int, tweet_ids: Sequence[int], visited: int | None = None) -> list[TweetView]:
        """In the order asked, with what they quote; without tweets that are gone and people hidden from `me`.

        `visited` is shown although muted: `me` has gone to their page. The caller has refused who is blocked.
        """
        views = await self._plain(me, tweet_ids, visited)
        quoted_ids = _unique([view.shown.quote_of for view in views if view.shown and view.shown.quote_of is not None])
        if not quoted_ids:
            return views
        quoted = {view.tweet.id: view for view in await self._plain(me, quoted_ids, visited)}
        return [
            replace(view, quoted=quoted.get(view.shown.quote_of)) if view.shown and view.shown.quote_of else view
            for view in views
        ]

    async def _plain(self, me: int, tweet_ids: Sequence[int], visited: int | None) -> list[TweetView]:
        tweets = await self._stores.tweets.many(tweet_ids)
        origin_ids = _unique(_origins(tweets))
        origins = {tweet.id: tweet for tweet in (await self._stores.tweets.many(origin_ids) if origin_ids else ())}
        authors = await self._authors(me, [*tweets, *origins.values()], visited)
        shown = {tweet.id: origins.get(tweet.retweet_of) if tweet.retweet_of else tweet for tweet in tweets}
        seen_ids = _unique([tweet.id for tweet in shown.values() if tweet is not None])
        counts = dict(zip(seen_ids, await self._stores.tweets.counts(seen_ids), strict=True))
        liked = await self._stores.tweets.liked(me, seen_ids)
        retweeted = await self._stores.tweets.retweeted(me, seen_ids)
        views = []
        for tweet in tweets:
            original, author = shown[tweet.id], authors.get(tweet.author_id)
            if original is None or author is None or original.author_id not in authors:
                continue
            views.append(
                TweetView(
                    tweet,
                    author,
                    counts[original.id],
                    original.id in liked,
                    original,
                    authors[original.author_id],
                    original.id in retweeted,
                )
            )
        return views

    async def page(self, me: int, tweet_ids: Sequence[int], limit: int, visited: int | None = None) -> Page[TweetView]:
        """A page from `limit` ids or fewer, newest first: fewer means that nothing older exists."""
        cursor = cursors.encode(tweet_ids[limit - 1]) if len(tweet_ids) >= limit else None
        return Page(tuple(await self.views(me, tweet_ids[:limit], visited)), cursor)

    async def home(self, me: int, tweet_ids: Sequence[int], limit: int, above_id: int | None = None) -> Page[TweetView]:
        """The same, without what would come twice in a row: two friends retweet what a third has posted. The page
        before, if there was one, ended with `above_id`."""
        cursor = cursors.encode(tweet_ids[limit - 1]) if len(tweet_ids) >= limit else None
        asked = tweet_ids[:limit] if above_id is None else [above_id, *tweet_ids[:limit]]
        views = await self.views(me, asked)
        shown_ids = [None, *(view.shown.id if view.shown else view.tweet.id for view in views)]
        fresh = (view for view, id_, last in zip(views, shown_ids[1:], shown_ids, strict=False) if id_ != last)
        return Page(tuple(view for view in fresh if view.tweet.id != above_id), cursor)

    async def _authors(self, me: int, tweets: Sequence[Tweet], visited: int | None) -> dict[int, User]:
        hidden = await self._stores.relations.hidden(me) - {visited}
        ids = _unique([tweet.author_id for tweet in tweets if tweet.author_id not in hidden])
        return {user.id: user for user in await self._stores.users.many(ids)}


def _origins(tweets: Sequence[Tweet]) -> list[int]:
    return [tweet.retweet_of for tweet in tweets if tweet.retweet_of is not None]


def _unique(ids: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(ids))
