"""A service in another process: what its caller is told, also when it dies."""

from __future__ import annotations

import asyncio
from typing import Protocol

import pytest

from twitterlab.errors import Refused, Uncertain
from twitterlab.model.page import Page
from twitterlab.model.user import User
from twitterlab.platform.limits import Limited, RateLimits
from twitterlab.platform.remote import Remote, RemoteServer

ANN = User(1, "ann", "Ann", 5, "é 😀")


class Service(Protocol):
    """Any interface."""

    async def page(self, me: int, cursor: str | None = None) -> Page[User]: ...

    async def write(self, text: str) -> int: ...

    async def fail(self, how: str) -> None: ...

    async def hang(self) -> None: ...

    async def ask(self) -> int: ...


class Real:
    def __init__(self):
        self.written, self.asked = [], asyncio.Event()

    async def page(self, me, cursor=None):
        return Page((ANN,), cursor, is_partial=me == 2)

    async def write(self, text):
        self.written.append(text)
        return len(self.written)

    async def fail(self, how):
        if how == "limited":

            class Clock:
                def now_ms(self):
                    return 0

            limits = RateLimits(Clock())
            for _ in range(500):
                limits.take(1, "like")
            for _ in range(501):
                limits.take(1, "like")
        raise {"refused": Refused("no", "taken"), "uncertain": Uncertain("perhaps")}.get(how) or KeyError(how)

    async def hang(self):
        self.asked.set()
        await asyncio.Event().wait()

    async def ask(self):
        self.asked.set()
        await asyncio.Event().wait()


class Untraced:
    def is_tracing(self):
        return False

    async def recorded(self, name, call):
        return await call, (("inner", name, 1, 2, 0, ""),)


class Traced(Untraced):
    def __init__(self):
        self.hops = []

    def is_tracing(self):
        return True

    async def hop(self, room, name, call):
        answer, spans = await call
        self.hops.append((room, name, spans))
        return answer


@pytest.fixture
def between(tmp_path):
    """Runs a story between a service and a proxy of it."""

    def run(story, tracer=None, methods=("page", "write", "fail", "hang", "ask")):
        async def main():
            path, real = str(tmp_path / "s"), Real()
            server = RemoteServer(real, methods, Untraced())
            remote = Remote("test", path, Service, ("page", "ask"), tracer)
            try:
                async with server.listening(path):
                    return await story(remote, real)
            finally:
                await remote.close()

        return asyncio.run(main())

    return run


def test_values_arrive_as_the_nouns_they_were(between):
    async def story(remote, real):
        assert await remote.page(2, "next") == Page((ANN,), "next", is_partial=True)
        assert await remote.page(1) == Page((ANN,))
        assert sorted(await asyncio.gather(*(remote.write(str(n)) for n in range(300)))) == list(range(1, 301))

    between(story)


@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        ("refused", Refused, "no"),
        ("uncertain", Uncertain, "perhaps"),
        ("limited", Limited, "1000 likes"),
        ("x", RuntimeError, "broke"),
    ],
)
def test_a_failure_arrives_as_what_it_is(between, how, kind, message):
    async def story(remote, real):
        with pytest.raises(kind, match=message) as raised:
            await remote.fail(how)
        assert type(raised.value) is kind
        return raised.value

    failure = between(story)
    if how == "refused":
        assert failure.kind == "taken"
    if how == "limited":
        assert failure.retry_after_ms > 0


def test_what_a_service_does_not_offer_cannot_be_called(between):
    async def story(remote, real):
        with pytest.raises(AttributeError):
            remote.nothing()
        with pytest.raises(RuntimeError, match="write"):
            await remote.write("x")
        assert real.written == []

    between(story, methods=("page",))


@pytest.mark.parametrize(("method", "kind"), [("ask", Refused), ("hang", Uncertain)])
def test_a_service_lost_after_it_was_asked_leaves_a_write_uncertain_and_a_read_refused(tmp_path, method, kind):
    async def main():
        path, asked = str(tmp_path / "s"), asyncio.Event()

        async def talk(reader, writer):
            await reader.read(1)
            asked.set()
            await dead.wait()
            writer.transport.abort()

        dead = asyncio.Event()
        server = await asyncio.start_unix_server(talk, path)
        remote = Remote("test", path, Service, ("ask",))
        call = asyncio.ensure_future(getattr(remote, method)())
        await asked.wait()
        dead.set()
        with pytest.raises(kind, match="lost"):
            await call
        server.close()
        with pytest.raises(Refused, match="down"):  # nothing was asked: it did not happen
            await Remote("test", str(tmp_path / "none"), Service, ()).hang()
        await remote.close()

    asyncio.run(main())


def test_a_service_that_came_back_is_found_again(tmp_path):
    async def main():
        path = str(tmp_path / "s")
        remote = Remote("test", path, Service, ("page",))
        for _ in range(2):
            async with RemoteServer(Real(), ("write",), Untraced()).listening(path):
                assert await remote.write("x") == 1
            await remote.close()
        with pytest.raises(Refused) as refused:
            await remote.write("x")
        assert refused.value.kind == "unavailable"

    asyncio.run(main())


def test_a_hop_carries_the_spans_of_the_other_side(between):
    tracer = Traced()

    async def story(remote, real):
        await remote.write("x")

    between(story, tracer)
    assert tracer.hops == [("test service", "write", (("inner", "write", 1, 2, 0, ""),))]
