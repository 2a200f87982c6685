"""Search on tantivy: the contract of search, and what only an index with commits can get wrong."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.test_search import TEXTS, TOP
from twitterlab.errors import BadInput, Refused
from twitterlab.model.tweet import Tweet
from twitterlab.storage.search.memory import MemorySearch
from twitterlab.storage.search.port import TweetQuery

pytest.importorskip("tantivy")
from twitterlab.storage.search.tantivy import TantivySearch

id_ = st.integers(0, 5)
word = st.sampled_from(("hello", "#World", "world", "again", "日本", '"', "ß"))
query = st.builds(
    TweetQuery,
    st.lists(word, max_size=2).map(tuple),
    st.none() | st.integers(1, 2),
    st.none() | st.integers(-5, 50),
    st.none() | st.integers(-5, 50),
)
step = st.one_of(
    st.tuples(st.just("index"), st.integers(0, 5)),
    st.tuples(st.just("remove"), id_),
    st.tuples(st.just("settle")),
    st.tuples(st.just("find"), query, st.sampled_from((0, 3, TOP)), st.integers(0, 4)),
)


def a_tweet(id_: int) -> Tweet:
    return Tweet(id_, 1 + id_ % 2, TEXTS[id_ % len(TEXTS)], id_ * 10)


@settings(deadline=None, max_examples=30)
@given(steps=st.lists(step, max_size=12))
def test_any_calls_get_the_answers_that_memory_gives_committed_or_not(steps):
    async def story():
        tantivy, memory = TantivySearch(None), MemorySearch()
        try:
            for name, *values in steps:
                if name == "settle":
                    await tantivy.settle()
                    continue
                given = [a_tweet(values[0])] if name == "index" else values
                assert await getattr(tantivy, name)(*given) == await getattr(memory, name)(*given)
        finally:
            await tantivy.close()

    asyncio.run(story())


@pytest.mark.parametrize("is_settled", [True, False])
@pytest.mark.parametrize(
    ("words", "ids"), [(("HELLO", "world"), [4, 1, 0]), (("STRASSE",), [3]), (("hello OR x",), [])]
)
def test_the_contract_of_search_holds_before_and_after_a_commit(is_settled, words, ids):
    async def story():
        search = TantivySearch(None)
        try:
            for number in range(len(TEXTS)):
                await search.index(a_tweet(number))
            if is_settled:
                await search.settle()
            return await search.find(TweetQuery(words), TOP, 9)
        finally:
            await search.close()

    assert asyncio.run(story()) == ids


def test_what_was_settled_is_there_for_the_next_process(tmp_path):
    async def story():
        first = TantivySearch(tmp_path)
        await first.index(a_tweet(1))
        await first.settle()
        await first.index(a_tweet(2))
        with pytest.raises(BadInput, match="no search index"):
            TantivySearch(tmp_path)
        await first.close()
        await first.close()
        again = TantivySearch(tmp_path)
        try:
            return await again.find(TweetQuery(), TOP, 9)
        finally:
            await again.close()

    assert asyncio.run(story()) == [2, 1]


def test_an_index_that_cannot_be_written_refuses_and_goes_on_when_it_can(monkeypatch):
    async def story():
        search = TantivySearch(None)
        await search.index(a_tweet(1))
        real = search._commit

        def full(batch):
            raise OSError("No space left on device")

        monkeypatch.setattr(search, "_commit", full)
        with pytest.raises(Refused) as refused:
            await search.settle()
        found = await search.find(TweetQuery(("hello",)), TOP, 9)
        monkeypatch.setattr(search, "_commit", real)
        await search.settle()
        again = await search.find(TweetQuery(("hello",)), TOP, 9)
        await search.close()
        return refused.value.kind, found, again

    assert asyncio.run(story()) == ("unavailable", [1], [1])
