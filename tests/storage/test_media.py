"""The contract of media, clause by clause, on every engine."""

import asyncio
import hashlib

import pytest

from twitterlab.errors import Refused


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() + ".png"


def on(open_engine, story):
    async def main():
        stores = open_engine()
        try:
            await story(stores.media)
        finally:
            await stores.close()

    asyncio.run(main())


def test_what_was_put_is_got(open_engine):
    async def story(media):
        await media.put(name_of(b"one"), b"one")
        await media.put(name_of(b""), b"")
        assert await media.get(name_of(b"one")) == b"one"
        assert await media.get(name_of(b"")) == b""

    on(open_engine, story)


def test_a_name_keeps_its_content(open_engine):
    async def story(media):
        await media.put(name_of(b"one"), b"one")
        await media.put(name_of(b"one"), b"other")
        assert await media.get(name_of(b"one")) == b"one"

    on(open_engine, story)


@pytest.mark.parametrize("name", [name_of(b"none"), "../../etc/passwd", "", "a.png", name_of(b"x") + "\0", "é" * 64])
def test_any_other_name_is_missing(open_engine, name):
    async def story(media):
        with pytest.raises(Refused) as refused:
            await media.get(name)
        assert refused.value.kind == "missing"
        assert await media.known((name,)) == set()

    on(open_engine, story)


def test_known_tells_which_are_there(open_engine):
    async def story(media):
        await media.put(name_of(b"one"), b"one")
        assert await media.known((name_of(b"one"), name_of(b"two"))) == {name_of(b"one")}

    on(open_engine, story)
