"""The shared state of the engine `arrays`: that of the memory engine, with its large tables as arrays.

The tables answer as the dictionaries they replace, so that every port of the memory engine runs on them unchanged.
What a population has few of (likes, replies, blocks, messages, the outbox) stays in dictionaries.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from twitterlab.model.tweet import Tweet
from twitterlab.storage.arrays.accounts import Accounts, Handles
from twitterlab.storage.arrays.hidden import Hidden
from twitterlab.storage.arrays.links import Links
from twitterlab.storage.arrays.tweet_rows import LIVE, TweetRows
from twitterlab.storage.memory_state import MemoryState


class TweetTable:
    """Id to tweet, as a dictionary."""

    def __init__(self, rows: TweetRows, accounts: Accounts) -> None:
        self._rows, self._accounts = rows, accounts

    def __contains__(self, tweet_id: int) -> bool:
        row = self._rows.row(tweet_id)
        return bool(row) and self._rows.is_live(row)

    def __getitem__(self, tweet_id: int) -> Tweet:
        if tweet_id not in self:
            raise KeyError(tweet_id)
        return self._rows.tweet(self._rows.row(tweet_id))

    def __setitem__(self, tweet_id: int, tweet: Tweet) -> None:
        author = self._accounts[tweet.author_id]
        self._rows.put(tweet, self._accounts.reserve(author.id), author.handle)

    def __delitem__(self, tweet_id: int) -> None:
        self._rows.remove(self._rows.row(tweet_id))

    def get(self, tweet_id: int, default: Any = None) -> Any:
        return self[tweet_id] if tweet_id in self else default  # noqa: SIM401 (this is get)


class AuthorTweets:
    """One author's tweets, read as `SortedIds`. Rows know their authors, so that adding and discarding is done there."""

    __slots__ = ("_author", "_rows")

    def __init__(self, rows: TweetRows, author: int | None) -> None:
        self._rows, self._author = rows, author

    @property
    def ids(self) -> list[int]:
        return self.below(2**63, len(self._rows.records))[::-1]

    def add(self, tweet_id: int) -> None:
        pass

    def discard(self, tweet_id: int) -> None:
        pass

    def __len__(self) -> int:
        return 0 if self._author is None else sum(1 for _ in self._rows.of_author(self._author))

    def below(self, before_id: int, limit: int) -> list[int]:
        """The newest `limit` ids under `before_id`, newest first."""
        if self._author is None:
            return []
        ids, found = self._rows.records["id"], []
        for row in self._rows.of_author(self._author):
            if ids[row] < before_id:
                found.append(int(ids[row]))
            if len(found) == limit and self._rows.is_ordered:
                break
        return sorted(found, reverse=True)[:limit]


class AuthorTable:
    """Author to tweets, as a `defaultdict(SortedIds)`."""

    def __init__(self, rows: TweetRows, accounts: Accounts) -> None:
        self._rows, self._accounts = rows, accounts

    def __contains__(self, author_id: int) -> bool:
        return self._accounts.index(author_id) is not None

    def __getitem__(self, author_id: int) -> AuthorTweets:
        return AuthorTweets(self._rows, self._accounts.index(author_id))

    def get(self, author_id: int, default: Any = None) -> AuthorTweets:
        return self[author_id]


class ArrayState(MemoryState):
    """`MemoryState` for a loaded population of `users`, and for whoever comes after them.

    `starts` and `others`: of every member who follows them, and whom they follow, as compressed rows.
    """

    accounts: Accounts
    rows: TweetRows
    followers_of: Links
    followed_by: Links
    hidden: Hidden

    def __init__(
        self,
        users: int = 0,
        followers: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]] | None = None,
        following: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]] | None = None,
        tweet_room: int = 1_024,
    ) -> None:
        super().__init__()
        self.accounts = Accounts(users)
        self.rows = TweetRows(tweet_room, users)
        self.followers_of = Links(self.accounts, *(followers or ()))
        self.followed_by = Links(self.accounts, *(following or ()))
        self.hidden = Hidden(self, self.accounts)
        self.users = self.accounts
        self.handles = Handles(self.accounts)
        self.tweets = cast(Any, TweetTable(self.rows, self.accounts))
        self.by_author = cast(Any, AuthorTable(self.rows, self.accounts))
        self.followers = cast(Any, self.followers_of)
        self.following = cast(Any, self.followed_by)

    def counted(self, tweet_id: int, counter: str, by: int) -> None:
        """Raise or lower a counter inside a tweet's record."""
        row = self.rows.row(tweet_id)
        if row and self.rows.records["flags"][row] & LIVE:
            self.rows.records[counter][row] += by
