"""Snapshots: the arrays and the small tables of the engine `arrays` on disk, and back.

A snapshot is a folder of its own; the file `CURRENT` names it and is replaced by one rename after everything is on the
disk, so that a crash at any moment leaves the last whole snapshot. What comes after it is the journal's to
keep (`storage/durable_arrays.py`), as are files beside it: the search index, passwords, media.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from twitterlab.errors import BadInput
from twitterlab.model.message import DirectMessage, Notification
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.arrays.batches import ArrayBatches
from twitterlab.storage.arrays.state import ArrayState
from twitterlab.storage.arrays.timelines import ArrayTimelines
from twitterlab.storage.memory_state import SortedIds

CURRENT = "CURRENT"
VERSION = 2
Lists = dict[int, list[int]]
Sets = dict[int, set[int]]


@dataclass(frozen=True, slots=True)
class _Rest:
    """Everything that is no array."""

    version: int
    population: int
    slots: int
    indexed: list[int]
    signed_up: list[User]
    strays: dict[int, int]
    long: dict[int, str]
    ties: dict[int, Tweet]
    floors: dict[int, int]
    links: list[tuple[Lists, Sets]]
    sorted: dict[str, Lists]
    sets: dict[str, Sets]
    mentioned: dict[int, tuple[int, ...]]
    notifications: list[tuple[int, int, Notification]]
    notifications_read: dict[int, int]
    messages: list[DirectMessage]
    between: dict[int, Lists]
    messages_read: list[tuple[int, int, int]]
    outbox: list[Event]
    waiting: dict[int, tuple[int, int]]
    large: list[tuple[int, list[int]]]


SORTED = ("replies", "retweets", "mentions", "notified")
SETS = ("likers", "blocks", "blocked_by", "mutes")


def save(
    folder: Path,
    state: ArrayState,
    timelines: ArrayTimelines,
    batches: ArrayBatches,
    beside: Mapping[str, bytes] = MappingProxyType({}),
) -> Path:
    """Write a snapshot and make it the current one; older ones go. Nothing may be written meanwhile. `beside`: files
    of others, by name, that belong to it."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(old.name) for old in folder.iterdir() if old.name.isdigit()), default=0)
    place = folder / f"{number:08d}"
    place.mkdir()
    rows = state.rows
    arrays = {
        "records": rows.records[: rows.count], "keys": rows.keys[: rows.count], "newest": rows.newest,
        "rings": timelines.rings.lines[: max(state.accounts.users, 1)],
        "followers_starts": state.followers_of.starts, "followers_others": state.followers_of.others,
        "following_starts": state.followed_by.starts, "following_others": state.followed_by.others,
    }  # fmt: skip
    for name, array in arrays.items():
        with (place / f"{name}.npy").open("wb") as out:
            np.save(out, array, allow_pickle=False)
            out.flush()
            os.fsync(out.fileno())
    for name, content in beside.items():
        _write(place / name, content)
    _write(place / "rest", msgspec.msgpack.encode(_rest(state, timelines, batches)))
    _write(folder / f"{CURRENT}.new", place.name.encode())
    (folder / f"{CURRENT}.new").replace(folder / CURRENT)
    for old in folder.iterdir():
        if old.name.isdigit() and old.name != place.name:
            shutil.rmtree(old)
    return place


def load(folder: Path) -> tuple[ArrayState, ArrayTimelines, ArrayBatches]:
    """The current snapshot. BadInput where there is none, or it is of another version."""
    try:
        place = folder / (folder / CURRENT).read_text()
        rest = msgspec.msgpack.decode((place / "rest").read_bytes(), type=_Rest)
        arrays = {file.stem: np.load(file, allow_pickle=False) for file in place.glob("*.npy")}
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise BadInput(f"{folder}: no snapshot can be read: {error}", "Give the folder of a snapshot.") from None
    if rest.version != VERSION:
        raise BadInput(f"{folder}: a snapshot of version {rest.version}, not {VERSION}", "Make it anew.")
    state = ArrayState(
        rest.population,
        (arrays["followers_starts"], arrays["followers_others"]),
        (arrays["following_starts"], arrays["following_others"]),
    )
    timelines = ArrayTimelines(state.accounts, state.rows, rest.slots - 1)
    timelines.rings.lines = arrays["rings"]
    batches = ArrayBatches(state, timelines)
    _fill(state, timelines, batches, rest)
    rows = state.rows
    rows.records, rows.keys, rows.newest, rows.count = (
        arrays["records"], arrays["keys"], arrays["newest"], len(arrays["records"]),
    )  # fmt: skip
    return state, timelines, batches


def _rest(state: ArrayState, timelines: ArrayTimelines, batches: ArrayBatches) -> _Rest:
    rows, accounts = state.rows, state.accounts
    return _Rest(
        VERSION, accounts.population, timelines.rings.slots, accounts.later_ids, list(accounts.values()), rows.strays,
        dict(rows.long), rows.ties, timelines.floors,
        [(_lists(links.added), links.removed) for links in (state.followers_of, state.followed_by)],
        {name: _lists(getattr(state, name)) for name in SORTED},
        {name: dict(getattr(state, name)) for name in SETS},
        state.mentioned, [(user, id_, one) for (user, id_), one in state.notifications.items()],
        state.notifications_read, list(state.messages.values()),
        {user: _lists(partners) for user, partners in state.between.items()},
        [(*pair, id_) for pair, id_ in state.messages_read.items()],
        list(state.outbox.values()), batches.waiting, [(row, left.tolist()) for row, left in batches.large],
    )  # fmt: skip


def _fill(state: ArrayState, timelines: ArrayTimelines, batches: ArrayBatches, rest: _Rest) -> None:
    for user_id in rest.indexed:
        state.accounts.reserve(user_id)
    for user in rest.signed_up:
        state.users[user.id] = user
        state.handles[user.handle.lower()] = user.id
    state.rows.strays, state.rows.ties = rest.strays, rest.ties
    state.rows.long.update(rest.long)
    timelines.floors = rest.floors
    for links, (added, removed) in zip((state.followers_of, state.followed_by), rest.links, strict=True):
        links.restore({user_id: _sorted(ids) for user_id, ids in added.items()}, removed)
    for name in SORTED:
        getattr(state, name).update({key: _sorted(ids) for key, ids in rest.sorted[name].items()})
    for name in SETS:
        getattr(state, name).update(rest.sets[name])
    state.mentioned.update(rest.mentioned)
    state.notifications.update({(user, id_): one for user, id_, one in rest.notifications})
    state.notifications_read.update(rest.notifications_read)
    state.messages.update({message.id: message for message in rest.messages})
    for user_id, partners in rest.between.items():
        state.between[user_id] = _partners(partners)
    state.messages_read.update({(user, other): id_ for user, other, id_ in rest.messages_read})
    state.outbox.update({event.id: event for event in rest.outbox})
    batches.waiting.update(rest.waiting)
    batches.large.extend((row, np.array(left, np.int64)) for row, left in rest.large)


def _partners(partners: Lists) -> Any:
    return defaultdict(SortedIds, {other: _sorted(ids) for other, ids in partners.items()})


def _lists(of: dict[int, SortedIds]) -> Lists:
    return {key: ids.ids for key, ids in of.items()}


def _sorted(ids: list[int]) -> SortedIds:
    made = SortedIds()
    made.ids = ids
    return made


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
