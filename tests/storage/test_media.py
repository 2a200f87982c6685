"""The contract of media, clause by clause, on every engine."""

import asyncio
import hashlib
from uuid import uuid4

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import BadInput, Refused
from twitterlab.storage.stores import ENGINES, open_stores


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() + ".png"


@pytest.fixture(scope="module")
def s3_address():
    """A server of our own that speaks the S3 API, for all tests of this file."""
    pytest.importorskip("boto3")
    from twitterlab.servers import s3

    for program in (s3.MOTO, s3.FLASK, s3.FLASK_CORS):
        if program.find() is None:
            pytest.skip(f"{program.why_not()}. {program.get_it}")
    with s3.open() as address:
        yield address


@pytest.fixture(params=[*ENGINES, pytest.param("s3", marks=pytest.mark.slow)])
def on(request, tmp_path):
    """Runs a story on the media of an engine; on S3 in a bucket of the test's own."""

    def run(story):
        async def main():
            if request.param == "s3":
                from twitterlab.storage.media.s3 import S3Media

                media = S3Media(request.getfixturevalue("s3_address"), f"bucket-{uuid4()}")
                close = media.close
            else:
                stores = open_stores(request.param, tmp_path, SocialSchema())
                media, close = stores.media, stores.close
            try:
                await story(media)
            finally:
                await close()

        asyncio.run(main())

    return run


def test_what_was_put_is_got(on):
    async def story(media):
        await media.put(name_of(b"one"), b"one")
        await media.put(name_of(b""), b"")
        assert await media.get(name_of(b"one")) == b"one"
        assert await media.get(name_of(b"")) == b""

    on(story)


def test_a_name_keeps_its_content(on):
    async def story(media):
        await media.put(name_of(b"one"), b"one")
        await media.put(name_of(b"one"), b"other")
        assert await media.get(name_of(b"one")) == b"one"

    on(story)


@pytest.mark.parametrize("name", [name_of(b"none"), "../../etc/passwd", "", "a.png", name_of(b"x") + "\0", "é" * 64])
def test_any_other_name_is_missing(on, name):
    async def story(media):
        with pytest.raises(Refused) as refused:
            await media.get(name)
        assert refused.value.kind == "missing"
        assert await media.known((name,)) == set()

    on(story)


def test_known_tells_which_are_there(on):
    async def story(media):
        await media.put(name_of(b"one"), b"one")
        assert await media.known((name_of(b"one"), name_of(b"two"))) == {name_of(b"one")}

    on(story)


def test_the_same_picture_twice_at_once_and_many_at_once_are_all_there(on):
    async def story(media):
        contents = [bytes([number]) * 1_000 for number in range(20)]
        await asyncio.gather(*(media.put(name_of(content), content) for content in contents * 2))
        assert await media.known(tuple(map(name_of, contents))) == set(map(name_of, contents))

    on(story)


@pytest.mark.slow
def test_a_store_of_pictures_that_went_away_refuses_and_nothing_is_said_to_be_missing():
    pytest.importorskip("boto3")
    from twitterlab.servers import s3
    from twitterlab.storage.media.s3 import S3Media

    async def story():
        with s3.open() as address:
            media = S3Media(address)
            await media.put(name_of(b"one"), b"one")
        for call in (media.get(name_of(b"one")), media.put(name_of(b"two"), b"two"), media.known((name_of(b"one"),))):
            with pytest.raises(Refused) as refused:
                await call
            assert refused.value.kind == "unavailable"
        await media.close()
        return address

    address = asyncio.run(story())
    with pytest.raises(BadInput, match="no S3 API answers"):
        S3Media(address)
