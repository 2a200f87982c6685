"""Services: which process does what, when a system is split, and the client that asks each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Protocol

from twitterlab.errors import Failure
from twitterlab.model.tweet import Tweet
from twitterlab.platform.balanced import Balanced, Crew
from twitterlab.platform.client import Client
from twitterlab.platform.platform import Platform
from twitterlab.platform.remote import Remote, Tracer

SERVICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tweet": ("post", "retweet", "undo_retweet", "like", "unlike", "delete", "tweets_of", "thread"),
        "timeline": ("home", "trends", "posted"),
        "user": (
            "sign_up", "update_profile", "follow", "unfollow", "block", "unblock", "mute", "unmute", "profile", "people",
            "followers_of", "followed_by", "suggestions", "search_people",
        ),
        "notification": (
            "notifications", "read_notifications", "unread", "send", "conversations", "messages",
        ),
        "search": ("search", "engagement", "engaged_tags"),
    }
)  # fmt: skip
"""Service to its part of the client. The timeline service has the worker too."""
READS = frozenset(
    {
        "tweets_of", "thread", "home", "trends", "posted", "profile", "people", "followers_of", "followed_by", "suggestions",
        "search_people", "notifications", "unread", "conversations", "search", "engagement", "engaged_tags",
    }
)  # fmt: skip
"""What may be tried again without a thought. Reading messages marks them read, so it is not among them."""
OWNER: Mapping[str, str] = MappingProxyType({name: service for service, names in SERVICES.items() for name in names})


class Asked(Client, Protocol):
    """What services answer: the client's calls, and what one has to tell another."""

    async def posted(self, author_id: int, tweet_id: int) -> None:
        """This author has just posted: they see it at home before fan-out has reached them."""
        ...


class Answering:
    """A platform as a service answers for it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform.client, name)

    async def posted(self, author_id: int, tweet_id: int) -> None:
        self._platform.timelines.posted(author_id, tweet_id)


class SplitClient:
    """`client.Client` over services in processes of their own: one each, or as many as a `crew` has, among which its
    balancer chooses. While all of one service are away its calls fail, and no others."""

    def __init__(self, path_of: Callable[[str], str], tracer: Tracer | None = None, crew: Crew | None = None) -> None:
        def one(name: str) -> Any:
            return Remote(name, path_of(name), Asked, READS, tracer)

        self._every: dict[str, dict[str, Any]] = {
            service: {name: one(name) for name in (crew.names(service) if crew else (service,))} for service in SERVICES
        }
        self._remotes: dict[str, Any] = {}
        for service, remotes in self._every.items():
            alone = next(iter(remotes.values()))
            self._remotes[service] = alone if crew is None or len(remotes) == 1 else Balanced(service, remotes, crew)

    def __getattr__(self, name: str) -> Any:
        if name not in OWNER:
            raise AttributeError(name)
        return getattr(self._remotes[OWNER[name]], name)

    async def post(
        self,
        me: int,
        text: str,
        reply_to: int | None = None,
        quote_of: int | None = None,
        media: Sequence[str] = (),
        key: str | None = None,
    ) -> Tweet:
        return await self._told(await self._remotes["tweet"].post(me, text, reply_to, quote_of, tuple(media), key))

    async def retweet(self, me: int, tweet_id: int) -> Tweet:
        return await self._told(await self._remotes["tweet"].retweet(me, tweet_id))

    async def close(self) -> None:
        """Let go of all connections."""
        for remotes in self._every.values():
            for remote in remotes.values():
                await remote.close()

    async def _told(self, tweet: Tweet) -> Tweet:
        """It is posted whether or not the timeline service hears of it now: fan-out tells it again."""
        for remote in self._every["timeline"].values():
            with suppress(Failure):
                await remote.posted(tweet.author_id, tweet.id)
        return tweet
