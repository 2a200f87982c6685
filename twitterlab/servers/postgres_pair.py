"""A private PostgreSQL primary and its synchronous standby, watched: when the primary is gone, the standby is promoted.

Who decides that a primary is gone makes sure of it: it is killed, and its folder marked so that it starts as a standby
at most, before the other one takes writes. From then until the pair is healed an acknowledgement means one disk.
Sources: PostgreSQL documentation, "Failover", "Synchronous Replication", "standby.signal".
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any

from twitterlab.servers.postgres import FENCED, PASSWORD, SETTINGS, SIGNAL, Postgres, copy, fence, give
from twitterlab.servers.process import StartFailed
from twitterlab.servers.waiting import until

APPLIED: Mapping[str, str] = {
    **SETTINGS,
    "synchronous_commit": "remote_apply",
    "hot_standby": "on",
    "hot_standby_feedback": "on",
    "max_standby_streaming_delay": "1s",
}
"""A commit waits for the disks of both, and until the standby shows it to readers."""
LOOK_EVERY_S, ANSWERS_WITHIN_S, SILENCES = 0.1, 2, 3
"""A primary that runs and answers no new connection this often in a row counts as gone."""
ASK_EVERY = 10
WRITES, READS = "read-write", "prefer-standby"


class PostgresPair:
    """`Replicated`: two servers in folders below `folder`, each of which may be the primary."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = APPLIED, is_temporary: bool = False) -> None:
        self._settings = settings
        self._servers: list[Postgres] = []
        for name in ("one", "two"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            self._servers.append(Postgres(folder / name, {**settings, "cluster_name": name}, is_temporary))
        self._changing, self._stopped = RLock(), Event()
        self._watcher = Thread(target=self._watch, name="postgres-pair", daemon=True)
        self._is_complete = False  # whether the standby has every commit that anybody was told of
        self.promotions = 0

    @property
    def primary(self) -> Postgres:
        return self._servers[0]

    @property
    def standby(self) -> Postgres:
        return self._servers[1]

    def start(self) -> None:
        """The primary, a standby made from it, and who watches them. StartFailed."""
        self._servers.sort(key=_rank)  # the folder may be of an earlier run
        was_standby = _rank(self.primary) > 0
        self.primary.start()
        if was_standby:  # killed before it could be promoted
            self._take_over(self.primary)
        self._follow()
        self._watcher.start()

    def stop(self) -> None:
        """End both, in good order."""
        self._stopped.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for server in reversed(self._servers):
            server.stop()

    def address(self, session: str = WRITES) -> str:
        """The URL of both: `WRITES` leads to the primary, `READS` to the standby while there is one."""
        secret = (self.primary.folder / PASSWORD).read_text()
        places = ",".join(f"127.0.0.1:{server.port}" for server in self._servers)
        return f"postgresql://postgres:{secret}@{places}/postgres?target_session_attrs={session}"

    def lag(self) -> None:
        """Law 1 of `Replicated`: a commit waits for the standby."""

    def fail(self) -> None:
        """Law 2. Who watches does the rest."""
        with self._changing:
            self.primary.kill()

    def heal(self) -> None:
        """Law 3. The old primary is made anew from the new one: its last commits, which nobody acknowledged, go."""
        until(lambda: self.primary.is_running, "the standby to be promoted")
        with self._changing:
            self._follow()

    def move(self) -> int:
        """Law 4: there is one primary."""
        return 0

    def _follow(self) -> None:
        """Make the second a standby of the first, and let commits wait for it from then on."""
        standby, source = self.standby, self.primary.address()
        self._is_complete = False
        standby.stop()
        shutil.rmtree(standby.folder / "data", ignore_errors=True)
        shutil.copyfile(self.primary.folder / PASSWORD, standby.folder / PASSWORD)
        give(standby.folder / PASSWORD)
        copy(standby.folder, source)
        standby.start()
        until(partial(_streams, source), "the standby to follow")
        _configure(source, "*")
        ((written,),) = _ask(source, "SELECT pg_current_wal_flush_lsn()::text")
        until(partial(_has, source, written), "the standby to have what was committed without it")
        self._is_complete = True

    def _watch(self) -> None:
        import psycopg

        looks = silences = 0
        while not self._stopped.wait(LOOK_EVERY_S):
            looks += 1
            with self._changing, suppress(StartFailed, psycopg.Error):  # then it is tried again
                if self.primary.is_running and looks % ASK_EVERY == 0:
                    silences = 0 if _answers(self.primary.address()) else silences + 1
                if not self.primary.is_running or silences >= SILENCES:
                    silences = 0
                    self._replace()
                elif not self.standby.is_running and self._is_complete:
                    self.standby.start()  # it died alone: commits wait for it

    def _take_over(self, standby: Postgres) -> None:
        """A standby becomes a primary that waits for nobody yet."""
        _configure(standby.address(), "")
        _ask(standby.address(), "SELECT pg_promote()")

    def _replace(self) -> None:
        """Make sure that the primary is gone, then put the standby in its place; where that has not everything, only
        the primary's own disk has, and it is started again."""
        self.primary.kill()
        if not self._is_complete:
            self.primary.start()
            return
        fence(self.primary.folder)
        if not self.standby.is_running:
            self.standby.start()
        self._take_over(self.standby)
        self._servers.reverse()
        self._is_complete = False
        self.promotions += 1


def _rank(server: Postgres) -> int:
    """0 for a primary or a new one, 1 for a standby, 2 for a primary that was fenced: it has the least to say."""
    mark = server.folder / "data" / SIGNAL
    return 0 if not mark.exists() else 2 if FENCED in mark.read_text() else 1


def _ask(address: str, question: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(address, autocommit=True, connect_timeout=ANSWERS_WITHIN_S) as connection:
        cursor = connection.execute(question)
        return cursor.fetchall() if cursor.description else []


def _configure(address: str, standbys: str) -> None:
    """Whom a commit waits for: any standby, or nobody."""
    _ask(address, f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
    _ask(address, "SELECT pg_reload_conf()")


def _streams(address: str) -> bool:
    return bool(_ask(address, "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"))


def _has(address: str, written: str) -> bool:
    """Whether the standby has on its disk, and shows, what was written up to there."""
    question = "SELECT 1 FROM pg_stat_replication WHERE flush_lsn >= '{0}' AND replay_lsn >= '{0}'"
    return bool(_ask(address, question.format(written)))


def _answers(address: str) -> bool:
    import psycopg

    try:
        _ask(address, "SELECT 1")
    except psycopg.Error:
        return False
    return True


@contextmanager
def open(folder: Path | None = None, settings: Mapping[str, str] = APPLIED) -> Iterator[PostgresPair]:
    """A started pair, stopped at the end; without `folder` its data goes with it. BadInput when the program is
    missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-pair-") as temporary:
        pair = PostgresPair(folder or Path(temporary), settings, is_temporary=folder is None)
        try:
            pair.start()
            yield pair
        finally:
            pair.stop()
