"""A living population for `serve --demo`: people who post, answer, like and follow while you watch."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from itertools import accumulate

from twitterlab.bench.population import generate
from twitterlab.errors import Failure
from twitterlab.platform.platform import Platform
from twitterlab.world.world import World

FIRST = ("Ada", "Ben", "Chloé", "Dara", "Emre", "Fatima", "Goran", "Hana", "Ines", "Jun", "Kofi", "Lena", "Mateo",
         "Nadia", "Otto", "Priya", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wen", "Ximena", "Yara", "Zoe")  # fmt: skip
LAST = ("Adler", "Baptiste", "Chen", "Diallo", "Eriksen", "Ferrari", "García", "Haddad", "Ito", "Jansen", "Kowalski",
        "Lopez", "Mbeki", "Novak", "Okafor", "Park", "Rossi", "Silva", "Tanaka", "Varga")  # fmt: skip
TOPICS = ("tea", "rain", "trains", "python", "cats", "jazz", "football", "rivers", "gardens", "bread", "books",
          "cycling", "space", "chess", "coffee", "winter")  # fmt: skip
SAID = (
    "first #{0} of the day, and the window is open", "does anybody else read about #{0} before breakfast?",
    "today I learnt something about {0}. It was not what I thought", "#{0} > #{1}", "three hours of {0}, no regrets",
    "a small thread about {0} and why it matters", "unpopular opinion: {0} is better in the evening",
    "looking for good places for #{0}. Ideas?", "my neighbour plays {1} while I do {0}. We get along 🎶",
    "the best part of {0} is the silence after it", "new post about #{0}: https://example.com/{0}",
    "#{0} again 😀",
)  # fmt: skip
ANSWERED = ("yes, exactly this", "not so sure about that", "tell me more", "same here", "where was that?", "🙌",
            "thank you for this", "that made my day", "I disagree, kindly", "saving this one")  # fmt: skip
BIOS = ("Mostly {0}.", "{0}, {1}, and long walks.", "Here for the {0}.", "I write about {0}.", "")
FRESH = 400
"""Tweets that people still react to."""
ACTIVITY_EXPONENT = 1.0


class Crowd:
    """`users` people on a platform. What they do is decided by the world's seed."""

    def __init__(self, platform: Platform, world: World, users: int) -> None:
        self._client, self._stores, self._world, self._users = platform.client, platform.stores, world, users
        self._chance = world.chance("demo")
        weights = list(accumulate((rank + 1) ** -ACTIVITY_EXPONENT for rank in range(users)))
        self._activity = [weight / weights[-1] for weight in weights]
        self._ids: list[int] = []
        self._fresh: list[int] = []

    async def move_in(self) -> None:
        """Everybody signs up and follows whom they like."""
        handles: set[str] = set()
        for number in range(self._users):
            first, last = self._of(FIRST), self._of(LAST)
            handle = f"{first}{last}".encode("ascii", "ignore").decode().lower()[:15]
            handle = handle if handle not in handles else f"{handle[:10]}{number}"
            handles.add(handle)
            bio = self._of(BIOS).format(self._of(TOPICS), self._of(TOPICS))
            self._ids.append((await self._client.sign_up(handle, f"{first} {last}", bio)).id)
        graph = generate(self._users, self._world.seed)
        pairs = [(self._ids[a], self._ids[b]) for a, b in graph.follows]
        await self._stores.follows.follow_many(pairs, self._world.clock.now_ms())

    async def live(self, stop: asyncio.Event, acts_per_s: float) -> None:
        """Act at a mean rate of `acts_per_s` until `stop`."""
        while not stop.is_set():
            await self.act()
            await self._world.clock.sleep_ms(2_000 * self._chance.random() / acts_per_s)

    async def act(self) -> None:
        """One person does one thing; what the platform refuses is left."""
        me, dice = self._somebody(), self._chance.random()
        try:
            if dice < 0.45 or not self._fresh:
                await self._post(me)
            elif dice < 0.85:
                await self._react(me, self._of_fresh(), dice)
            else:
                await self._client.follow(me, self._ids[self._chance.below(len(self._ids))])
        except Failure:
            return

    async def _post(self, me: int) -> None:
        said = self._of(SAID).format(self._of(TOPICS), self._of(TOPICS))
        self._remember((await self._client.post(me, said)).id)

    async def _react(self, me: int, tweet_id: int, dice: float) -> None:
        if dice < 0.70:
            await self._client.like(me, tweet_id)
        elif dice < 0.80:
            self._remember((await self._client.post(me, self._of(ANSWERED), reply_to=tweet_id)).id)
        else:
            await self._client.retweet(me, tweet_id)

    def _somebody(self) -> int:
        return self._ids[min(bisect_right(self._activity, self._chance.random()), self._users - 1)]

    def _of_fresh(self) -> int:
        """The newer, the likelier; now and then one that many have seen."""
        share = self._chance.random() ** 3
        return self._fresh[-1 - int(share * len(self._fresh))]

    def _remember(self, tweet_id: int) -> None:
        self._fresh.append(tweet_id)
        del self._fresh[:-FRESH]

    def _of(self, choices: tuple[str, ...]) -> str:
        return choices[self._chance.below(len(choices))]
