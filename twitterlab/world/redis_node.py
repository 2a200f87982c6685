"""Redis on a node: the unmodified redis-py client talks to it over the simulated network.

`RedisServer` is a node's program, `node_redis` a client on another node. What redis-py writes between two
reads goes as one message, and its answers come back as one. A message that is lost breaks the connection
at its time limit, where TCP would try again first; a message that comes twice is answered once. Commands
that push (SUBSCRIBE, MONITOR) are not supported.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterable
from itertools import count
from typing import Any

from redis import ResponseError
from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from twitterlab.errors import Refused, Uncertain
from twitterlab.world.fake_redis import fake_redis, fake_server
from twitterlab.world.node import Node
from twitterlab.world.samplers import Constant, Sampler

COMMAND = Constant(0.001)
"""Of a core, for one command: a Valkey of one thread did 1.13 M pipelined GET a second on a 2-core virtual machine."""
TIMEOUT_MS = 1_000
METHOD = "redis"
MOST_SESSIONS = 10_000
"""Connections that a server remembers; the oldest is forgotten first."""


class RedisServer:
    """A server: give it to `world.nodes.add(name, RedisServer())`. `is_durable` data survives every crash, as with an
    append-only file that is synced at each write; otherwise a crash empties it."""

    def __init__(self, is_durable: bool = False, command: Sampler = COMMAND) -> None:
        self._is_durable, self._command = is_durable, command
        self.data = fake_server()

    def __call__(self, node: Node) -> None:
        """Start."""
        if not self._is_durable:
            self.data = fake_server()
        sessions: dict[str, Session] = {}

        async def answer(asked: list[Any]) -> bytes:
            name, number, commands = asked
            if name not in sessions:
                sessions[name] = Session(node, self.data, self._command)
                if len(sessions) > MOST_SESSIONS:
                    del sessions[next(iter(sessions))]
            return await sessions[name].answer(number, commands)

        node.serve(METHOD, answer)


class Session:
    """One connection, seen from the server: what it sent last, and the answer to it."""

    def __init__(self, node: Node, data: Any, command: Sampler) -> None:
        self._node, self._command = node, command
        pool = fake_redis(data).connection_pool
        pool.connection_kwargs["protocol"] = 2
        self._connection = pool.make_connection()
        self._turn = asyncio.Lock()
        self._answered, self._answer = 0, b""

    async def answer(self, number: int, commands: bytes) -> bytes:
        """The replies to a batch of commands. A batch that comes again is not done again."""
        async with self._turn:
            if number > self._answered:
                self._answer = await self._execute(commands)
                self._answered = number
            return self._answer

    async def _execute(self, commands: bytes) -> bytes:
        batch = _decode(commands)
        for _ in batch:
            await self._node.cpu(self._command)
        await self._connection.send_packed_command(commands, check_health=False)
        return b"".join([await self._reply() for _ in batch])

    async def _reply(self) -> bytes:
        try:
            return encode(await self._connection.read_response(disable_decoding=True, disconnect_on_error=False))
        except ResponseError as error:
            return encode(error)


def _decode(commands: bytes) -> list[Any]:
    """The commands of a batch."""
    import hiredis

    reader = hiredis.Reader()
    reader.feed(commands)
    found = []
    while (command := reader.gets()) is not False:
        found.append(command)
    return found


def encode(reply: Any) -> bytes:
    """A reply as the Redis protocol has it (RESP 2)."""
    match reply:
        case None:
            return b"$-1\r\n"
        case ResponseError():
            words = str(reply)
            code = "" if words.split(" ", 1)[0].isupper() else "ERR "
            return f"-{code}{words}\r\n".encode()
        case bool() | int():
            return b":%d\r\n" % reply
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(reply), reply)
        case str() | float():
            return encode(str(reply).encode())
        case dict():
            return encode([part for pair in reply.items() for part in pair])
        case _:
            return b"*%d\r\n%b" % (len(reply), b"".join(encode(each) for each in reply))


class NodeConnection(Connection):
    """What redis-py takes for a socket: a connection from one node to another."""

    def __init__(self, node: Node, target: str, timeout_ms: float, names: count[int], **kwargs: Any) -> None:
        super().__init__(host=target, **kwargs)
        self._node, self._target, self._timeout_ms, self._names = node, target, timeout_ms, names

    async def _connect(self) -> None:
        name = f"{self._node.name}/{self._node.starts}/{next(self._names)}"
        self._reader = asyncio.StreamReader()
        self._writer = Batches(self._node, self._target, self._timeout_ms, name, self._reader)  # type: ignore[assignment]

    def __del__(self, *given: Any) -> None:
        """There is no socket to give back, so a connection that died with its process is no leak."""

    async def on_connect_check_health(self, check_health: bool = True) -> None:
        """Skip the handshake: protocol 2, database 0, no password."""
        self._parser.on_connect(self)  # type: ignore[no-untyped-call]


class Batches:
    """asyncio's StreamWriter, as far as redis-py uses one: what was written goes out at `drain`."""

    def __init__(self, node: Node, target: str, timeout_ms: float, name: str, reader: asyncio.StreamReader) -> None:
        self._node, self._target, self._timeout_ms, self._name = node, target, timeout_ms, name
        self._reader = reader
        self._written: list[bytes] = []
        self._numbers = count(1)

    def writelines(self, chunks: Iterable[bytes]) -> None:
        self._written.extend(chunks)

    async def drain(self) -> None:
        """Send, and have the answers ready to be read. OSError where there are none."""
        commands, self._written = b"".join(self._written), []
        asked = [self._name, next(self._numbers), commands]
        try:
            self._reader.feed_data(await self._node.call(self._target, METHOD, asked, self._timeout_ms))
        except Refused as refused:
            raise ConnectionRefusedError(errno.ECONNREFUSED, refused.reason) from None
        except Uncertain as uncertain:
            raise ConnectionResetError(errno.ECONNRESET, uncertain.reason) from None

    def close(self) -> None:
        self._reader.feed_eof()

    async def wait_closed(self) -> None:
        return None


def node_redis(node: Node, target: str, timeout_ms: float = TIMEOUT_MS) -> Any:
    """A client on `node`, without response decoding, of the RedisServer on `target`. It does not retry: that is the
    business of whoever uses it. `redis.ConnectionError`: refused, or nobody knows."""
    pool = ConnectionPool(
        connection_class=NodeConnection, node=node, target=target, timeout_ms=timeout_ms, names=count(1),
        retry=Retry(NoBackoff(), 0), protocol=2,
    )  # fmt: skip
    return Redis(connection_pool=pool)
