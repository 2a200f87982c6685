"""Kinds of data that may be kept elsewhere than where the engine keeps its rows: search, pictures, analytics.

| kind | may be on |
| --- | --- |
| `search` | `tantivy`, an index of its own |
| `pictures` | `s3`: a stand-in started for the run, or `s3:URL`, any server that speaks the S3 API |
| `analytics` | `memory`, `sqlite`, `duckdb`, or `none` |
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from twitterlab.errors import BadInput
from twitterlab.storage.search.port import Search, TweetQuery
from twitterlab.storage.stores import Stores

Opener = Callable[[AsyncExitStack, Stores, Path | None, str], str]
"""Puts an engine into the stores and leaves its end to the stack; its label."""
S3 = "s3"
NEEDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "tantivy": ("tantivy", "Get it: `pip install tantivy`."),
        "duckdb": ("duckdb", "Get it: `pip install duckdb`."),
        S3: ("boto3", "Get it: `pip install boto3`."),
    }
)
"""Engine to the package that it takes, and how to get that."""

NEWEST, COPIED_AT_ONCE = 2**63 - 1, 500
SHARED = ("sqlite", "none")
"""Engines that several processes may use at once, beside a server's."""


def parse(words: Sequence[str]) -> dict[str, str]:
    """`search=tantivy` and its like, as kind to engine. BadInput for what there is not, and for a kind named twice."""
    places: dict[str, str] = {}
    for word in words:
        kind, _, engine = word.partition("=")
        if kind not in OPENERS:
            raise BadInput(f"{word!r} routes no kind of data", f"Choose from: {_every()}.")
        if engine.partition(":")[0] not in OPENERS[kind] or (":" in engine and not engine.startswith(f"{S3}:http")):
            raise BadInput(f"{kind} cannot be on {engine!r}", f"Choose from: {_every()}.")
        if kind in places:
            raise BadInput(f"{kind} is routed twice", "Choose one engine for it.")
        places[kind] = engine
    return places


def check_shared(places: Mapping[str, str]) -> None:
    """BadInput for a place that belongs to one process, where several serve."""
    for kind, engine in places.items():
        if engine not in SHARED and not engine.startswith(f"{S3}:"):
            raise BadInput(f"{kind}={engine} belongs to one process", "Leave it out, or serve with one process.")


@asynccontextmanager
async def rerouted(stores: Stores, folder: Path | None, places: Mapping[str, str]) -> AsyncIterator[None]:
    """Until the end, `stores` keeps these kinds there, and `stores.engine` says so. Files are below `folder` (None:
    temporary). BadInput for what is not installed or does not answer."""
    async with AsyncExitStack() as opened:
        for kind, engine in places.items():
            name, _, where = engine.partition(":")
            _need(name)
            before = stores.search
            label = OPENERS[kind][name](opened, stores, folder, where)
            if stores.search is not before:
                await _catch_up(before, stores)
            stores.engine += f", {kind} on {label}" if label else ""
        yield


async def _catch_up(before: Search, stores: Stores) -> None:
    """A new index that knows nothing is told what the one before knew. From then on that one is told no more."""
    known = await stores.search.find(TweetQuery(), NEWEST, 1)
    below = 0 if known else NEWEST
    while ids := await before.find(TweetQuery(), below, COPIED_AT_ONCE):
        for tweet in await stores.tweets.many(ids):
            await stores.search.index(tweet)
        below = ids[-1]
    await stores.settle()


def _need(name: str) -> None:
    package, get_it = NEEDS.get(name, ("", ""))
    if package and find_spec(package) is None:
        raise BadInput(f"no {package}", get_it)


def _every() -> str:
    return ", ".join(f"{kind}={engine}" for kind, engines in OPENERS.items() for engine in engines)


def _tantivy(opened: AsyncExitStack, stores: Stores, folder: Path | None, _: str) -> str:
    from twitterlab.storage.search import tantivy

    search = tantivy.TantivySearch(folder / "search" if folder is not None else None)
    stores.search, stores._settle = search, search.settle
    opened.push_async_callback(search.close)
    return tantivy.LABEL


def _s3(opened: AsyncExitStack, stores: Stores, folder: Path | None, where: str) -> str:
    from twitterlab.servers import s3 as server
    from twitterlab.storage.media import s3

    endpoint = where or opened.enter_context(server.open())
    media = s3.S3Media(endpoint)
    stores.media = media
    opened.push_async_callback(media.close)
    return f"{s3.LABEL} {endpoint if where else '(moto, in memory)'}"


def _memory_analytics(opened: AsyncExitStack, stores: Stores, folder: Path | None, _: str) -> str:
    from twitterlab.storage.analytics.memory import MemoryAnalytics

    stores.analytics = MemoryAnalytics()
    return "memory"


def _sqlite_analytics(opened: AsyncExitStack, stores: Stores, folder: Path | None, _: str) -> str:
    from twitterlab.storage.analytics import sqlite

    analytics = sqlite.open_analytics(_made(folder))
    stores.analytics = analytics
    opened.push_async_callback(analytics.close)
    return sqlite.LABEL


def _duckdb(opened: AsyncExitStack, stores: Stores, folder: Path | None, _: str) -> str:
    from twitterlab.storage.analytics import duckdb

    analytics = duckdb.open_analytics(_made(folder))
    stores.analytics = analytics
    opened.push_async_callback(analytics.close)
    return duckdb.LABEL


def _nothing(opened: AsyncExitStack, stores: Stores, folder: Path | None, _: str) -> str:
    stores.analytics = None
    return ""


def _made(folder: Path | None) -> Path | None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


OPENERS: Mapping[str, Mapping[str, Opener]] = MappingProxyType(
    {
        "search": {"tantivy": _tantivy},
        "pictures": {S3: _s3},
        "analytics": {"memory": _memory_analytics, "sqlite": _sqlite_analytics, "duckdb": _duckdb, "none": _nothing},
    }
)
