"""Search in tantivy, an index of its own in a folder: segments that are written once and merged, as Lucene's are.

A commit writes files and waits for the disk, some 20 ms, whatever is in it. So what was told to the index since the
last one is kept in memory beside it, where the next `find` looks too, and `settle` commits it: before the outbox may
forget the events that it came from. The words are split by us, so that every engine splits alike.
Source: McCandless, Hatcher and Gospodnetić, "Lucene in Action", chapter 2 and 3.2 ("near-real-time search").
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import tantivy
from tantivy import Document, FieldType, Index, IndexWriter, Occur, Order, Query, SchemaBuilder

from twitterlab.errors import BadInput, Refused
from twitterlab.model.tweet import Tweet
from twitterlab.storage.search.memory import MemorySearch
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.search.words import asked, words

HEAP_BYTES = 32_000_000
"""What the writer may hold before it writes a segment by itself; it takes no less than 15 MB."""
LABEL = f"tantivy {version('tantivy')}"
KEPT_AT_MOST = 1_000
"""Changes in memory before they are committed unasked."""


class TantivySearch:
    """`Search` over an index in `folder` (None: temporary). One process at a time may open it; BadInput for the second."""

    def __init__(self, folder: Path | None) -> None:
        self._temporary = None if folder is not None else tempfile.TemporaryDirectory(prefix="twitterlab-search-")
        self._folder = folder or Path(self._temporary.name if self._temporary else "")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        try:
            self._index = Index(self._schema, str(self._folder))
            self._writer: IndexWriter | None = self._index.writer(HEAP_BYTES, 1)
        except (ValueError, OSError) as error:
            raise BadInput(f"no search index at {self._folder}: {error}", "Choose a folder for new files.") from None
        self._thread = ThreadPoolExecutor(1, "tantivy")
        self._changes: dict[int, Tweet | None] = {}
        self._fresh = MemorySearch()
        self._turn = asyncio.Lock()

    async def index(self, tweet: Tweet) -> None:
        self._changes[tweet.id] = tweet
        await self._fresh.index(tweet)
        await self._make_room()

    async def remove(self, tweet_id: int) -> None:
        self._changes[tweet_id] = None
        await self._fresh.remove(tweet_id)
        await self._make_room()

    async def find(self, query: TweetQuery, before_id: int, limit: int) -> list[int]:
        wanted = asked(query.words)
        if wanted is None or limit < 1:
            return []
        fresh = await self._fresh.find(query, before_id, limit)
        asks = self._parsed(query, wanted, before_id)
        hits = (
            self._index.searcher()
            .search(asks, limit + len(self._changes), count=False, order_by_field="id", order=Order.Desc)
            .hits
        )
        kept = {int(id_) for id_, _ in hits}.difference(self._changes)
        return sorted(kept.union(fresh), reverse=True)[:limit]

    async def settle(self) -> None:
        """On disk, in the index, when this returns. `Refused(kind="unavailable")` when it cannot be written: it is
        still found, and the next call tries again."""
        async with self._turn:
            batch = dict(self._changes)
            if not batch:
                return
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch)
            except (ValueError, OSError) as error:
                raise Refused(f"the search index cannot be written: {error}", "unavailable") from None
            for id_, change in batch.items():
                if id_ in self._changes and self._changes[id_] is change:
                    del self._changes[id_]
                    await self._fresh.remove(id_)

    async def close(self) -> None:
        """Commit, and let go of the folder. A second call changes nothing."""
        if self._writer is not None:
            with contextlib.suppress(Refused):
                await self.settle()
            if self._writer is not None:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.wait_merging_threads)
            self._writer = None
        self._thread.shutdown()
        if self._temporary is not None:
            self._temporary.cleanup()

    async def _make_room(self) -> None:
        if len(self._changes) >= KEPT_AT_MOST:
            await self.settle()

    def _parsed(self, query: TweetQuery, wanted: tuple[str, ...], before_id: int) -> Query:
        clauses = [_range(self._schema, "id", FieldType.Unsigned, None, before_id)]
        if query.author_id is not None:
            clauses.append(Query.term_query(self._schema, "author_id", query.author_id))
        if query.since_ms is not None or query.until_ms is not None:
            clauses.append(_range(self._schema, "created_ms", FieldType.Integer, query.since_ms, query.until_ms))
        terms = [Query.term_query(self._schema, "word", word) for word in wanted]
        return Query.boolean_query([(Occur.Must, clause) for clause in (*terms, *clauses)])

    def _commit(self, batch: dict[int, Tweet | None]) -> None:
        """On the writer's thread. A writer that has failed is given up: the next commit opens another."""
        if self._writer is None:
            self._writer = self._index.writer(HEAP_BYTES, 1)
        try:
            for id_, tweet in batch.items():
                self._writer.delete_documents_by_term("id", id_)
                if tweet is not None:
                    self._writer.add_document(_document(tweet))
            self._writer.commit()
        except BaseException:
            broken, self._writer = self._writer, None
            with contextlib.suppress(ValueError, OSError):
                broken.rollback()
            raise
        self._index.reload()


def _document(tweet: Tweet) -> Document:
    document = Document()
    document.add_unsigned("id", tweet.id)
    document.add_unsigned("author_id", tweet.author_id)
    document.add_integer("created_ms", tweet.created_ms)
    for word in words(tweet.text):
        document.add_text("word", word)
    return document


def _range(schema: tantivy.Schema, field: str, kind: FieldType, least: int | None, below: int | None) -> Query:
    """From `least` to under `below`; a side that is None is open."""
    return Query.range_query(schema, field, kind, least, below, include_upper=below is None)


def _schema() -> tantivy.Schema:
    build = SchemaBuilder()
    build.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    build.add_unsigned_field("author_id", indexed=True)
    build.add_integer_field("created_ms", indexed=True, fast=True)
    build.add_text_field("word", tokenizer_name="raw", index_option="basic")
    return build.build()
