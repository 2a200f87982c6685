"""Search in memory: an inverted index of sorted ids."""

from __future__ import annotations

from collections import defaultdict

from twitterlab.model.tweet import Tweet
from twitterlab.storage.memory_state import SortedIds
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.search.words import asked, words

_NONE = SortedIds()


class MemorySearch:
    """`Search` over one list of ids a word."""

    def __init__(self) -> None:
        self._tweets: dict[int, Tweet] = {}
        self._all = SortedIds()
        self._by_word: defaultdict[str, SortedIds] = defaultdict(SortedIds)

    async def index(self, tweet: Tweet) -> None:
        if tweet.id in self._tweets:
            return
        self._tweets[tweet.id] = tweet
        self._all.add(tweet.id)
        for word in words(tweet.text):
            self._by_word[word].add(tweet.id)

    async def remove(self, tweet_id: int) -> None:
        tweet = self._tweets.pop(tweet_id, None)
        if tweet is None:
            return
        self._all.discard(tweet_id)
        for word in words(tweet.text):
            self._by_word[word].discard(tweet_id)

    async def find(self, query: TweetQuery, before_id: int, limit: int) -> list[int]:
        wanted = asked(query.words)
        if wanted is None:
            return []
        lists = sorted((self._by_word.get(word, _NONE) for word in wanted), key=len) or [self._all]
        found: list[int] = []
        for id_ in lists[0].below(before_id, len(lists[0])):
            if len(found) == limit:
                break
            if all(id_ in others for others in lists[1:]) and self._fits(id_, query):
                found.append(id_)
        return found

    def _fits(self, id_: int, query: TweetQuery) -> bool:
        tweet = self._tweets[id_]
        return (
            (query.author_id is None or tweet.author_id == query.author_id)
            and (query.since_ms is None or tweet.created_ms >= query.since_ms)
            and (query.until_ms is None or tweet.created_ms < query.until_ms)
        )
