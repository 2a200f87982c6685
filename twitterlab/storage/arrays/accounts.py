"""Accounts: which 64-bit id has which index, and the users themselves.

A loaded population costs nothing: its ids are an arithmetic progression and its handles are made from the index.
Who signs up later is kept whole, in dictionaries, with the next free index.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.model.user import User

FIRST_ID = 1 << 50
ID_STEP = 1 << 12
"""Ids of a population are apart as those of snowflakes made one a millisecond."""
JOINED_MS = 1_300_000_000_000

Indexes = npt.NDArray[np.int64]


class Accounts(dict[int, User]):
    """Id to user, the population included in look-ups; `values` gives only those who signed up one by one."""

    def __init__(self, population: int = 0) -> None:
        super().__init__()
        self.population = population
        self._index: dict[int, int] = {}
        self.later_ids: list[int] = []

    @property
    def users(self) -> int:
        """How many indexes are taken."""
        return self.population + len(self.later_ids)

    def index(self, user_id: int) -> int | None:
        """The index of an id, if it has one."""
        known = self._index.get(user_id)
        if known is not None:
            return known
        index, rest = divmod(user_id - FIRST_ID, ID_STEP)
        return index if rest == 0 and 0 <= index < self.population else None

    def reserve(self, user_id: int) -> int:
        """The index of an id; a new one where it has none, whether or not there is such a user."""
        known = self.index(user_id)
        if known is None:
            known = self._index[user_id] = self.users
            self.later_ids.append(user_id)
        return known

    def id(self, index: int) -> int:
        return FIRST_ID + ID_STEP * index if index < self.population else self.later_ids[index - self.population]

    def ids(self, indexes: npt.NDArray[Any]) -> Indexes:
        """The ids of many."""
        found = FIRST_ID + ID_STEP * indexes.astype(np.int64)
        for place in np.nonzero(indexes >= self.population)[0]:
            found[place] = self.later_ids[indexes[place] - self.population]
        return found

    def indexes(self, user_ids: npt.NDArray[np.int64]) -> Indexes:
        """The indexes of many; -1 for ids without one."""
        found, rest = np.divmod(user_ids - FIRST_ID, ID_STEP)
        found[(rest != 0) | (found < 0) | (found >= self.population)] = -1
        for place in np.nonzero(found < 0)[0]:
            found[place] = self._index.get(int(user_ids[place]), -1)
        return found

    def handles(self, indexes: npt.NDArray[np.int64]) -> list[bytes]:
        """The handles of many who are there."""
        if not len(indexes) or indexes.max() < self.population:
            return [b"p%d" % index for index in indexes.tolist()]
        return [self[self.id(index)].handle.encode() for index in indexes.tolist()]

    def __setitem__(self, user_id: int, user: User) -> None:
        self.reserve(user_id)
        super().__setitem__(user_id, user)

    def __contains__(self, user_id: object) -> bool:
        return super().__contains__(user_id) or (isinstance(user_id, int) and self._is_of_population(user_id))

    def _is_of_population(self, user_id: int) -> bool:
        index, rest = divmod(user_id - FIRST_ID, ID_STEP)
        return rest == 0 and 0 <= index < self.population

    def __missing__(self, user_id: int) -> User:
        if not self._is_of_population(user_id):
            raise KeyError(user_id)
        index = (user_id - FIRST_ID) // ID_STEP
        return User(user_id, handle(index), f"Person {index}", JOINED_MS)

    def get(self, user_id: int, default: Any = None) -> Any:
        return self[user_id] if user_id in self else default  # noqa: SIM401 (this is get)


class Handles(dict[str, int]):
    """Folded handle to id, the population included."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__()
        self._accounts = accounts

    def __contains__(self, folded: object) -> bool:
        return super().__contains__(folded) or (isinstance(folded, str) and self._member(folded) is not None)

    def get(self, folded: str, default: Any = None) -> Any:
        known = super().get(folded)
        return known if known is not None else self._member(folded) or default

    def _member(self, folded: str) -> int | None:
        digits = folded[1:]
        if not folded.startswith("p") or not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
            return None
        index = int(digits)
        is_one = index < self._accounts.population and handle(index) == folded
        return self._accounts.id(index) if is_one else None


def handle(index: int) -> str:
    """The handle of a member of the population."""
    return f"p{index}"


def handles(indexes: npt.NDArray[Any]) -> npt.NDArray[np.bytes_]:
    """The handles of many members of the population, as 16 bytes each."""
    return np.char.add("p", indexes.astype("U15")).astype("S16")
