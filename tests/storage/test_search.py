"""The contract of search, clause by clause, on every engine."""

import asyncio

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.model.tweet import Tweet
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.stores import ENGINES, open_stores

TOP = 2**63 - 1
TEXTS = ("Hello #World", "hello @world again", "WORLDWIDE", "straße Ünder дом 東京", 'say "hello" AND (NOT) world*')


@pytest.fixture(params=[*ENGINES, "postgres", pytest.param("mysql", marks=pytest.mark.slow), "tantivy"])
def open_engine(request, tmp_path):
    """Opens the engine; tantivy beside the rows of memory."""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_empty")
        from twitterlab.storage.postgres_stores import open_postgres

        return lambda: open_postgres(address, tmp_path)
    if request.param == "mysql":
        url = request.getfixturevalue("mysql_empty")
        from twitterlab.storage.mysql_stores import open_mysql

        return lambda: open_mysql(url, tmp_path)
    if request.param != "tantivy":
        return lambda: open_stores(request.param, tmp_path, SocialSchema())
    pytest.importorskip("tantivy")
    from twitterlab.storage.search.tantivy import TantivySearch

    def opened():
        stores = open_stores("memory", tmp_path, SocialSchema())
        stores.search = search = TantivySearch(tmp_path / "search")
        stores._close = search.close
        return stores

    return opened


def find(open_engine, *queries):
    async def story():
        stores = open_engine()
        try:
            for id_, text in enumerate(TEXTS, 1):
                await stores.search.index(Tweet(id_, id_ % 2, text, id_ * 10))
                await stores.search.index(Tweet(id_, id_ % 2, text, id_ * 10))
            await stores.search.remove(99)
            found = [await stores.search.find(query, before, limit) for query, before, limit in queries]
            await stores.search.remove(5)
            return found, await stores.search.find(TweetQuery(("hello",)), TOP, 9)
        finally:
            await stores.close()

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("hello",), [5, 2, 1]),
        (("HELLO", "world"), [5, 2, 1]),
        (("#world",), [1]),
        (("@world",), [2]),
        (("world", "again"), [2]),
        (("wor",), []),
        (("ДОМ",), [4]),
        (("ünder",), [4]),
        (("STRASSE",), [4]),
        (("東京",), [4]),
        (("and",), [5]),
        (('"',), []),
        (("world*",), [5, 2, 1]),
        (("NEAR(",), []),
        (("hello OR again",), []),
        ((), [5, 4, 3, 2, 1]),
    ],
)
def test_whole_words_in_any_case_and_script(open_engine, words, ids):
    assert find(open_engine, (TweetQuery(words), TOP, 9))[0] == [ids]


def test_filters_pages_and_removal(open_engine):
    found, after = find(
        open_engine,
        (TweetQuery(("hello",)), 5, 1),
        (TweetQuery(("hello",)), 2, 9),
        (TweetQuery(("hello",), author_id=1), TOP, 9),
        (TweetQuery(("hello",), since_ms=20, until_ms=50), TOP, 9),
        (TweetQuery(author_id=0), TOP, 9),
    )
    assert found == [[2], [1], [5, 1], [2], [4, 2]]
    assert after == [2, 1]
