"""A private Valkey primary, its replica and three Sentinels, that end with us and can be broken one by one."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from twitterlab.servers.links import cut, follows, mend
from twitterlab.servers.private_cluster import QUICK
from twitterlab.servers.sentinel import HOST, NAME, SENTINELS, knows_all, watch
from twitterlab.servers.valkey import Valkey
from twitterlab.servers.valkey_node import answering, ask
from twitterlab.servers.waiting import until


class PrivateSentinel:
    """`Replicated`: five servers in folders below `folder`. What is written is kept by the first, which is the
    primary after every start."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = QUICK, is_temporary: bool = False) -> None:
        self.password = secrets.token_hex(16)
        self._folder, self._is_temporary = folder, is_temporary
        self._settings = {**settings, "masterauth": self.password, "repl-diskless-sync-delay": "0"}
        self.pair: list[Valkey] = []
        self.sentinels: list[Valkey] = []

    def start(self) -> None:
        """The primary, the replica, then who watches them. StartFailed."""
        primary = self._server("primary", self._settings)
        primary.start()
        replica = self._server("replica", {**self._settings, "replicaof": f"{HOST} {primary.port}"})
        replica.start()
        self.pair = [primary, replica]
        watches = watch(self.password, primary.port)
        self.sentinels = [self._server(f"sentinel-{n}", watches, "--sentinel") for n in range(1, SENTINELS + 1)]
        with ThreadPoolExecutor(SENTINELS) as pool:
            list(pool.map(Valkey.start, self.sentinels))
        for sentinel in self.sentinels:
            with answering("a Sentinel"), ask(sentinel.port, self.password) as client:
                until(partial(knows_all, client), "the Sentinels to know each other and the replica")
        until(partial(follows, primary, self.password), "the replica to hold a copy")

    def stop(self) -> None:
        """End them all; who watches first."""
        for server in (*self.sentinels, *self.pair):
            server.stop()

    def label(self) -> str:
        """`sentinel valkey 9.1.2`."""
        return f"sentinel {next(one for one in self.pair if one.is_running).label()}"

    def flush(self) -> None:
        """Forget everything."""
        with ask(self.primary().port, self.password) as client:
            client.flushall()

    def primary(self) -> Valkey:
        """Whom the Sentinels name."""
        with ask(self.sentinels[0].port, self.password) as client:
            _, port = client.sentinel_get_master_addr_by_name(NAME)
        return next(one for one in self.pair if one.port == int(port))

    def lag(self) -> None:
        """Law 1 of `Replicated`."""
        primary = self.primary()
        cut(primary, self._other(primary), self.password)

    def fail(self) -> None:
        """Law 2."""
        self.primary().kill()

    def heal(self) -> None:
        """Law 3. Who was primary follows at once; the Sentinels would tell it after ten seconds."""
        primary = self.primary()
        other = self._other(primary)
        mend(primary, self.password)
        mend(other, self.password)
        with ask(other.port, self.password) as client:
            client.replicaof(HOST, primary.port)
        until(partial(follows, primary, self.password), "the replica to hold a copy")

    def move(self) -> int:
        """Law 4: there is one primary."""
        return 0

    def _other(self, server: Valkey) -> Valkey:
        return next(one for one in self.pair if one is not server)

    def _server(self, name: str, settings: Mapping[str, str], *flags: str) -> Valkey:
        place = self._folder / name
        place.mkdir(parents=True, exist_ok=True)
        return Valkey(place, settings, is_temporary=self._is_temporary, password=self.password, flags=flags)


@contextmanager
def open(folder: Path | None = None, settings: Mapping[str, str] = QUICK) -> Iterator[PrivateSentinel]:
    """Started, and stopped at the end; without `folder` its data goes with it. BadInput when the program is missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-sentinel-") as temporary:
        servers = PrivateSentinel(folder or Path(temporary), settings, is_temporary=folder is None)
        try:
            servers.start()
            yield servers
        finally:
            servers.stop()
