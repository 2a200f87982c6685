"""Remote: a service in another process of this machine, called as if it were here.

Frames over a socket: four bytes of length, then MessagePack. A request is (number, method, arguments, whether its way
is traced), an answer (number, value, failure, spans); answers come in any order. What a caller is promised:

1. A service that cannot be reached has done nothing: `Refused(kind="unavailable")`.
2. One that was lost after it was asked, or is silent for 10 s, may have done what it was asked: `Uncertain`; for what
   only reads `Refused(kind="unavailable")`.
3. A `Refused` or `Uncertain` of the service arrives as what it is.

Source: Birrell and Nelson, "Implementing Remote Procedure Calls" (1984), section 3, on what a caller may know.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol, get_type_hints

import msgspec

from twitterlab.errors import Failure, Refused, Uncertain
from twitterlab.platform.limits import Limited

MAX_FRAME_BYTES = 32_000_000
ANSWERS_WITHIN_S = 10.0
HEAD_BYTES = 4
Spans = tuple[tuple[str, str, int, int, int, str], ...]
"""Room, name, start and duration in microseconds, depth, note."""


class Tracer(Protocol):
    """What follows a request through this process and the next."""

    def is_tracing(self) -> bool: ...

    async def hop(self, room: str, name: str, call: Awaitable[tuple[Any, Spans]]) -> Any:
        """Await a call to another process; its spans go below the one of the hop."""
        ...

    async def recorded(self, name: str, call: Awaitable[Any]) -> tuple[Any, Spans]:
        """Await `call` for another process; its answer and its spans."""
        ...


class Said(msgspec.Struct, frozen=True):
    """A failure on the wire. `kind` is empty for an `Uncertain`, `failed` for a bug of the service's."""

    reason: str
    kind: str = ""
    retry_after_ms: int | None = None


class Answer(msgspec.Struct, frozen=True, array_like=True):
    number: int
    value: msgspec.Raw
    failure: Said | None = None
    spans: Spans = ()


class Request(msgspec.Struct, frozen=True, array_like=True):
    number: int
    method: str
    values: list[Any]
    is_traced: bool = False


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame. IncompleteReadError at the end of the stream."""
    size = int.from_bytes(await reader.readexactly(HEAD_BYTES), "big")
    if size > MAX_FRAME_BYTES:
        raise ConnectionError(f"a frame of {size:,} bytes")
    return await reader.readexactly(size)


def frame(message: Any) -> bytes:
    """A message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(HEAD_BYTES, "big") + body


class Remote:
    """One service at the socket `path`, as `protocol` describes it. Its methods are called like those of the real one:
    `cast(Client, Remote(...))`. `reads`: those that change nothing."""

    def __init__(
        self, name: str, path: str, protocol: type, reads: Collection[str], tracer: Tracer | None = None
    ) -> None:
        self._name, self._path, self._protocol, self._reads, self._tracer = name, path, protocol, reads, tracer
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        if method.startswith("_") or not hasattr(self._protocol, method):
            raise AttributeError(f"{self._name} has no {method}")
        described = getattr(self._protocol, method)
        decoder = msgspec.msgpack.Decoder(get_type_hints(described).get("return", None))
        signature = inspect.signature(described)

        async def call(*given: Any, **named: Any) -> Any:
            bound = signature.bind(self, *given, **named)
            bound.apply_defaults()
            values = bound.args[1:]
            if self._tracer is None or not self._tracer.is_tracing():
                return (await self._asked(method, values, decoder, False))[0]
            return await self._tracer.hop(f"{self._name} service", method, self._asked(method, values, decoder, True))

        self.__dict__[method] = call
        return call

    async def close(self) -> None:
        """Let go of the connection. Who still waits is told."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _asked(
        self, method: str, values: tuple[Any, ...], decoder: msgspec.msgpack.Decoder[Any], is_traced: bool
    ) -> tuple[Any, Spans]:
        writer = await self._connected()
        self._number += 1
        number, waiting = self._number, asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                writer.write(frame(Request(number, method, list(values), is_traced)))
                await writer.drain()
                answer: Answer = await waiting
        except (TimeoutError, OSError) as error:
            why = "does not answer" if isinstance(error, TimeoutError) else "was lost before it answered"
            raise self._lost(method, f"the {self._name} service {why}") from None
        finally:
            self._waiting.pop(number, None)
        if answer.failure is not None:
            raise _failure(answer.failure, self._name)
        return decoder.decode(answer.value), answer.spans

    def _lost(self, method: str, what: str) -> Failure:
        return Refused(what, "unavailable") if method in self._reads else Uncertain(what)

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None:
                try:
                    reader, self._writer = await asyncio.open_unix_connection(self._path)
                except OSError:
                    raise Refused(f"the {self._name} service is down: try again", "unavailable") from None
                self._reader = asyncio.create_task(self._read(reader, self._writer), name=f"remote: {self._name}")
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = msgspec.msgpack.Decoder(Answer)
        try:
            while True:
                answer = decoder.decode(await read_frame(reader))
                waiting = self._waiting.get(answer.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (asyncio.IncompleteReadError, OSError, msgspec.MsgspecError):
            pass
        finally:
            self._writer = None
            writer.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("lost"))


def said(error: Exception) -> Said:
    """A failure for the wire."""
    if isinstance(error, Limited):
        return Said(error.reason, "limited", error.retry_after_ms)
    if isinstance(error, Refused):
        return Said(error.reason, error.kind)
    if isinstance(error, Uncertain):
        return Said(error.reason)
    return Said(f"{type(error).__name__}: {error}", "failed")


def _failure(found: Said, name: str) -> Exception:
    if found.retry_after_ms is not None:
        return Limited.again(found.reason, found.retry_after_ms)
    if found.kind == "failed":
        return RuntimeError(f"the {name} service broke: {found.reason}")
    return Refused(found.reason, found.kind) if found.kind else Uncertain(found.reason)


class RemoteServer:
    """Answers calls to `target` at the socket `path`: only those of `methods`, many at once."""

    def __init__(self, target: Any, methods: Collection[str], tracer: Tracer, at_once: int = 200) -> None:
        self._target, self._methods, self._tracer = target, frozenset(methods), tracer
        self._turn = asyncio.Semaphore(at_once)
        self._calls: set[asyncio.Task[None]] = set()
        self._talks: dict[asyncio.Task[Any] | None, asyncio.StreamWriter] = {}

    @contextlib.asynccontextmanager
    async def listening(self, path: str) -> Any:
        """Take calls until the end; those under way then are answered first, for at most 10 s."""
        server = await asyncio.start_unix_server(self._talk, path)
        try:
            yield
        finally:
            server.close()
            if self._calls:
                await asyncio.wait(self._calls, timeout=ANSWERS_WITHIN_S)
            talks = [talk for talk in self._talks if talk is not None]
            for writer in self._talks.values():
                writer.close()
            if talks:
                await asyncio.wait(talks, timeout=ANSWERS_WITHIN_S)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder, me = msgspec.msgpack.Decoder(Request), asyncio.current_task()
        self._talks[me] = writer
        try:
            while True:
                request = decoder.decode(await read_frame(reader))
                await self._turn.acquire()
                task = asyncio.create_task(self._answer(request, writer))
                self._calls.add(task)
                task.add_done_callback(self._done)
        except (asyncio.IncompleteReadError, OSError, msgspec.MsgspecError):
            writer.close()
        finally:
            del self._talks[me]

    def _done(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._turn.release()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        answer: tuple[Any, ...]
        try:
            value, spans = await self._call(request)
            answer = (request.number, value, None, spans)
        except Exception as error:
            answer = (request.number, None, said(error), ())
        with contextlib.suppress(OSError):
            writer.write(frame(answer))
            await writer.drain()

    async def _call(self, request: Request) -> tuple[Any, Spans]:
        if request.method not in self._methods:
            raise AttributeError(request.method)
        call = getattr(self._target, request.method)(*request.values)
        if request.is_traced:
            return await self._tracer.recorded(request.method, call)
        return await call, ()
