"""A private PostgreSQL primary in one place and a streaming standby in each of others, at the ends of long cables.

Each standby is made and fed through the cable from the primary to it. Who waits for which of them at a commit is the
caller's choice: `wait_for`. Source: PostgreSQL documentation, "Log-Shipping Standby Servers", "Synchronous
Replication".
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twitterlab.servers import cables
from twitterlab.servers.cables import Cables
from twitterlab.servers.postgres import PASSWORD, SETTINGS, Postgres, address, copy, give
from twitterlab.servers.waiting import until

PRIMARY: Mapping[str, str] = {**SETTINGS, "wal_keep_size": "256MB"}
"""A standby that comes back finds the log that it has missed."""
STANDBY: Mapping[str, str] = {
    **SETTINGS,
    "hot_standby": "on",
    "hot_standby_feedback": "on",
    "wal_receiver_status_interval": "1s",
}


class FarStandbys:
    """`servers` by place; the first place is the primary's."""

    def __init__(self, folder: Path, places: Sequence[str], laid: Cables, is_temporary: bool = False) -> None:
        self.home, self._cables = places[0], laid
        self.servers: dict[str, Postgres] = {}
        for place in places:
            (folder / place).mkdir(parents=True, exist_ok=True)
            settings = {**(PRIMARY if place == self.home else STANDBY), "cluster_name": place}
            self.servers[place] = Postgres(folder / place, settings, is_temporary)

    @property
    def standbys(self) -> tuple[str, ...]:
        """Where there is one."""
        return tuple(place for place in self.servers if place != self.home)

    def start(self) -> None:
        """The primary, then each standby; return when all of them stream. StartFailed."""
        self.servers[self.home].start()
        with ThreadPoolExecutor() as together:
            list(together.map(self._follow, self.standbys))
        until(lambda: len(self.ask("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")) == len(self.standbys),
              "the standbys to follow")  # fmt: skip

    def stop(self) -> None:
        """The standbys first: a primary that ends waits for those that are connected."""
        for server in reversed(self.servers.values()):
            server.stop()

    def address(self, start: str, end: str) -> str:
        """The URL at which somebody at `start` reaches the server at `end`."""
        return address(self._secret.read_text(), self._cables.lead(start, end, self.servers[end].port))

    def ask(self, question: str, place: str | None = None) -> list[tuple[Any, ...]]:
        """The rows of one question, asked beside the server (the primary if left out), not through a cable."""
        import psycopg

        at = place or self.home
        with psycopg.connect(self.address(at, at), autocommit=True) as connection:
            cursor = connection.execute(question)
            return cursor.fetchall() if cursor.description else []

    def wait_for(self, count: int) -> None:
        """From now on a commit that waits, waits for so many of the standbys, whichever are first."""
        names = f"ANY {count} ({', '.join(self.standbys)})" if count else ""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.ask("SELECT pg_reload_conf()")
        until(lambda: self.ask("SHOW synchronous_standby_names") == [(names,)], "the primary to read its settings")

    def _follow(self, place: str) -> None:
        """Make a standby and start it."""
        standby = self.servers[place]
        shutil.copyfile(self._secret, standby.folder / PASSWORD)
        give(standby.folder / PASSWORD)
        copy(standby.folder, self.address(place, self.home))
        standby.start()

    @property
    def _secret(self) -> Path:
        return self.servers[self.home].folder / PASSWORD


@contextmanager
def open(places: Sequence[str], one_way_ms: Mapping[tuple[str, str], float]) -> Iterator[tuple[FarStandbys, Cables]]:
    """Started, and stopped at the end with their data gone. BadInput when the program is missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-far-") as folder, cables.open(one_way_ms) as laid:
        servers = FarStandbys(Path(folder), places, laid, is_temporary=True)
        try:
            servers.start()
            yield servers, laid
        finally:
            laid.stop()  # no server waits for one that it cannot reach
            servers.stop()
