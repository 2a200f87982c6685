"""Pages: a bounded run of items, and where the next one starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items newest first. `next_cursor` is None only at the end: a page shortened by filters has one.

    A cursor is opaque to its reader and survives inserts, deletes and a day's pause.
    """

    items: tuple[Item, ...]
    next_cursor: str | None = None
    is_partial: bool = False
