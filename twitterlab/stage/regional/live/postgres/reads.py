"""What a home timeline and a post cost on each continent, asked of the primary and of the replica that is near."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count

from twitterlab.bench.histogram import Histogram
from twitterlab.model.tweet import Tweet
from twitterlab.stage.regional.live.postgres.continents import HOME, PLACES, TOP, Continents
from twitterlab.stage.regional.live.postgres.pacing import again
from twitterlab.storage.tweets.postgres import PostgresTweets

READERS, EVERY_S, PAGE = 5, 0.1, 20


@dataclass(frozen=True, slots=True)
class Distances:
    """By continent: home timelines from the primary and from the near server, and posts, which only it takes."""

    afar: dict[str, Histogram] = field(default_factory=lambda: {place: Histogram() for place in PLACES})
    local: dict[str, Histogram] = field(default_factory=lambda: {place: Histogram() for place in PLACES})
    posts: dict[str, Histogram] = field(default_factory=lambda: {place: Histogram() for place in PLACES})


async def measure(continents: Continents, seconds: float) -> Distances:
    """All continents at once, each person one thing at a time."""
    found = Distances()
    async with asyncio.TaskGroup() as crowd:
        for place in PLACES:
            crowd.create_task(_read(continents, place, HOME, seconds, found.afar[place]))
            crowd.create_task(_read(continents, place, place, seconds, found.local[place]))
            crowd.create_task(_post(continents, place, seconds, found.posts[place]))
    return found


async def _read(continents: Continents, start: str, end: str, seconds: float, into: Histogram) -> None:
    async with continents.tweets(start, end) as tweets, asyncio.TaskGroup() as crowd:
        for first in range(READERS):
            users = count(first, 37)
            await home(tweets, 0)  # it has a connection now

            async def look(users: count[int] = users) -> None:
                await home(tweets, next(users) % continents.people.users)

            crowd.create_task(again(seconds, EVERY_S, look, into))


async def home(tweets: PostgresTweets, user: int) -> None:
    """A home timeline as the platform reads it: whose ids, then which tweets. Two questions, one after the other."""
    await tweets.many(await tweets.home(user, TOP, PAGE))


async def _post(continents: Continents, place: str, seconds: float, into: Histogram) -> None:
    """As the platform posts: a transaction of four statements, one after the other."""
    async with continents.tweets(place, HOME) as tweets:
        authors = count(PLACES.index(place), 41)
        await home(tweets, 0)

        async def post() -> None:
            author = next(authors) % continents.people.users
            await tweets.add(Tweet(next(continents.ids), author, f"what {author} says", 0))

        await again(seconds, EVERY_S, post, into)
