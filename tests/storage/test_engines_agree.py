"""Every engine gives the same answers: any calls of any port, on dictionaries and on SQLite side by side."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import Refused
from twitterlab.model.message import DirectMessage, Notification
from twitterlab.model.tweet import Tweet
from twitterlab.model.user import User
from twitterlab.parts.queue import Event
from twitterlab.storage.search.port import TweetQuery
from twitterlab.storage.stores import ENGINES, open_stores

CALLS = 60
TOP = 2**63 - 1
person = st.integers(1, 4)
id_ = st.sampled_from((1, 2, 3, 4, 5, TOP - 1))
ids = st.lists(id_, max_size=6)
below = st.sampled_from((0, 2, 4, TOP))
limit = st.integers(0, 4)
at_ms = st.integers(0, 5)
text = st.sampled_from(
    (
        "",
        "Ann",
        "an",
        "%",
        "_",
        "Élan",
        "élan vital",
        "#tag @ann",
        "ß",
        "tag",
        '"',
        "日本語",
        "a-b OR c*",
        "\ud7ff",
        "\ud7ff\U0010ffff",
    )
)
event = st.one_of(st.none(), st.just("an event"))
"""An event gets an id of its own when the call is made."""

user = st.builds(User, person, st.sampled_from(("ann", "ANN", "bob", "Zed", "a_b")), text, at_ms, text)
tweet = st.builds(
    Tweet, id_, person, text, at_ms, st.none() | id_, st.none() | id_, st.none() | id_,
    st.lists(st.sampled_from(("a.png", "b.png")), max_size=3).map(tuple),
)  # fmt: skip
message = st.builds(DirectMessage, id_, person, person, text, at_ms)
notification = st.builds(Notification, id_, person, st.just("like"), person, st.none() | id_, at_ms)
query = st.builds(TweetQuery, st.lists(text, max_size=2).map(tuple), *(st.none() | person, *[st.none() | at_ms] * 2))
digest = st.sampled_from((b"a", b"b", b"\0"))

PORTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "users": {
        "add": (user,), "update": (user,), "by_handle": (st.sampled_from(("Ann", "bOB", "", "zed")),), "many": (ids,),
        "counts": (person,), "search": (text, limit),
    },
    "tweets": {
        "add": (tweet, st.lists(person, max_size=3), event), "delete": (person, id_, event), "many": (ids,),
        "home": (person, below, limit), "by_author": (person, below, limit), "mentions": (person, below, limit),
        "replies": (id_, below, limit), "like": (person, id_, at_ms, event), "unlike": (person, id_),
        "liked": (person, ids), "retweeted": (person, ids), "counts": (ids,),
    },
    "follows": {
        "follow": (person, person, at_ms, event), "unfollow": (person, person, event),
        "follow_many": (st.lists(st.tuples(person, person), max_size=4), at_ms), "followers": (person, below, limit),
        "following": (person, below, limit), "among": (person, ids),
    },
    "relations": {
        **dict.fromkeys(("block", "unblock", "mute", "unmute", "blocks_either_way"), (person, person)),
        **dict.fromkeys(("blocked", "muted", "hidden"), (person,)),
    },
    "notifications": {
        "add": (st.lists(notification, max_size=3),), "page": (person, below, limit), "read": (person, id_),
        "unread": (person,),
    },
    "messages": {
        "add": (message,), "page": (person, person, below, limit), "conversations": (person, below, limit),
        "read": (person, person, id_),
    },
    "search": {"index": (tweet,), "remove": (id_,), "find": (query, below, limit)},
    "outbox": {"pending": (limit,), "done": (ids,), "delivered": (ids,)},
    "credentials": {
        "set_password": (person, text), "password": (person,), "open_session": (digest, person, at_ms),
        "session": (digest, at_ms), "close_session": (digest,), "close_all": (person,), "forget_expired": (at_ms,),
    },
}  # fmt: skip
NEEDED = {
    "tweets": ("follows", "outbox"),
    "follows": ("outbox",),
    "outbox": ("tweets", "follows"),
    "users": ("follows", "tweets"),
}
"""Ports whose calls change what a port answers, or are changed by it."""


def calls(port):
    """Lists of (port, method, arguments)."""
    one = [
        st.tuples(st.just(name), st.just(method), st.tuples(*arguments))
        for name in (port, *NEEDED.get(port, ()))
        for method, arguments in PORTS[name].items()
    ]
    return st.lists(st.one_of(one), max_size=CALLS)


async def answer(stores, port, method, arguments, event_id):
    """What comes back, comparable: a refusal by its kind."""
    real = [Event(event_id, "kind", 1, 2) if value == "an event" else value for value in arguments]
    try:
        found = await getattr(getattr(stores, port), method)(*real)
    except Refused as refused:
        return f"Refused {refused.kind}"
    return list(found) if method == "pending" else found


async def answers(engine, folder, script):
    return await told(open_stores(engine, folder, SocialSchema()), script)


async def told(stores, script):
    events = count(1)
    try:
        for person_id in (1, 2, 3):
            await stores.users.add(User(person_id, f"user{person_id}", "Ann", 0))
        return [await answer(stores, *call, next(events)) for call in script]
    finally:
        await stores.close()


@pytest.mark.parametrize("port", PORTS)
@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_engines_answer_alike(port, data):
    agree(port, data)


@pytest.mark.slow
@pytest.mark.parametrize("port", PORTS)
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_engines_answer_alike_over_and_over(port, data):
    agree(port, data)


def agree(port, data):
    """Draws calls and compares."""
    script = data.draw(calls(port))

    expected, *others = (asyncio.run(answers(engine, None, script)) for engine in ENGINES)

    for other in others:
        same(script, expected, other)


def same(script, expected, other):
    for call, wanted, given_ in zip(script, expected, other, strict=True):
        assert given_ == wanted, f"{call} after {script}"


@pytest.mark.slow
@pytest.mark.parametrize("port", PORTS)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_postgres_answers_like_the_others(port, postgres_server, empty_postgres, data):
    from twitterlab.storage.postgres_stores import open_postgres

    async def on_postgres(script):
        empty_postgres()
        return await told(open_postgres(postgres_server.address(), None), script)

    script = data.draw(calls(port))

    same(script, asyncio.run(answers("memory", None, script)), asyncio.run(on_postgres(script)))


@pytest.mark.slow
@pytest.mark.parametrize("port", PORTS)
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_mysql_answers_like_the_others(port, mysql_server, empty_mysql, data):
    from twitterlab.storage.mysql_stores import open_mysql

    async def on_mysql(script):
        empty_mysql()
        return await told(open_mysql(mysql_server.address(), None), script)

    script = data.draw(calls(port))

    same(script, asyncio.run(answers("memory", None, script)), asyncio.run(on_mysql(script)))
