"""Search: words and filters to a query."""

from __future__ import annotations

from datetime import UTC, datetime

from twitterlab.errors import Refused
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.stores import Stores

MAX_QUERY = 500


class Finder:
    """Understands what people type into the search box."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def tweets(self, text: str, before_id: int, limit: int) -> list[int]:
        """Ids of the tweets found, newest first."""
        if not text.strip() or len(text) > MAX_QUERY:
            raise Refused(f"a search is 1 to {MAX_QUERY} characters")
        words: list[str] = []
        author_id = since_ms = until_ms = None
        for word in text.split():
            name, colon, value = word.partition(":")
            filter_name = name.lower() if colon and value else ""
            if filter_name == "from":
                author = await self._stores.users.by_handle(value.removeprefix("@"))
                if author is None:
                    return []
                author_id = author.id
            elif filter_name == "since":
                since_ms = _day_ms(value)
            elif filter_name == "until":
                until_ms = _day_ms(value)
            else:
                words.append(word)
        query = TweetQuery(tuple(words), author_id, since_ms, until_ms)
        return await self._stores.search.find(query, before_id, limit)


def _day_ms(day: str) -> int:
    """The start of a UTC day, in Unix milliseconds."""
    try:
        return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        raise Refused(f"{day!r} is no day: write it as 2026-01-31") from None
