"""A private MariaDB server: a data folder made by its bootstrap, and the process that serves it.

An acknowledgement is a commit whose log is on disk: `innodb_flush_log_at_trx_commit = 1` (MariaDB documentation,
"InnoDB System Variables"). Oracle's MySQL makes its folder otherwise (`--initialize`) and is not started here; what
speaks to it is the same, so a URL of one will do.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.folder import lock
from twitterlab.servers.process import Process, StartFailed, free_port
from twitterlab.servers.service import Launch, Service

MARIADB = Program(
    name="mariadbd",
    wheel="",
    glob="",
    get_it="Get it: your system's package mariadb-server (Debian: mariadb-server-core is enough), and look that it is "
    "on PATH (Debian: /usr/sbin).",
)
USER, DATABASE, PASSWORD, FIRST = "twitterlab", "twitterlab", "password", "first.sql"
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "bind-address": "127.0.0.1",
        "socket": "mariadb.sock",
        "pid-file": "mariadb.pid",
        "innodb-flush-log-at-trx-commit": "1",
        "innodb-buffer-pool-size": "64M",
        "innodb-log-file-size": "32M",
        "max-connections": "60",
        "character-set-server": "utf8mb4",
        "collation-server": "utf8mb4_bin",
        "transaction-isolation": "READ-COMMITTED",
    }
)
FLAGS = ("--skip-name-resolve", "--skip-log-bin")
SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
PORTS_TRIED = 5
PROTOCOL = 10
"""The fifth byte of its greeting (MariaDB documentation, "Initial Handshake Packet")."""


class Mysql:
    """One server on a loopback port behind a password of its own, with its data in `folder`.

    `start` again after `stop` or `kill`: same port, same data."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS, is_temporary: bool = False) -> None:
        MARIADB.need()
        self._folder, self._settings, self._is_temporary = folder, settings, is_temporary
        self.port = 0
        self._process: Process | None = None
        self._lock: IO[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    def start(self) -> None:
        """Return once it takes connections. StartFailed with the end of its log; FolderTaken."""
        if self._lock is None:
            self._lock = lock(self._folder)
        holds = (self._lock.fileno(),)
        if self._process is not None:
            self._process.start(holds)
            return
        make(self._folder)
        for attempt in range(1, PORTS_TRIED + 1):
            self.port = free_port()
            planned = plan(self._folder, self.port, self._settings)
            process = Process(planned.command, self._folder, planned.is_ready, self._is_temporary)
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

    def address(self) -> str:
        """The URL to connect to."""
        return address((self._folder / PASSWORD).read_text(), self.port)


def make(folder: Path, secret: str = "") -> None:
    """Make the system tables in `folder` and a user behind the password `secret` (a new one if left out), unless they
    are there. Half made ones, left by a kill, are none."""
    data, partial, password = folder / "data", folder / "data.part", folder / PASSWORD
    if data.exists():
        return
    for path, text in ((password, secret or secrets.token_hex(16)), (folder / FIRST, "")):
        path.touch(0o600)
        path.write_text(text)
    (folder / FIRST).write_text(_first(password.read_text()))
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    share = _share()
    script = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket = NULL;"]
    script += [(share / name).read_text("utf-8") for name in SYSTEM_TABLES]
    done = subprocess.run(
        [*_command(partial, SETTINGS), "--bootstrap"],
        cwd=folder, input="\n".join(script).encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        said = " / ".join(done.stdout.decode("utf-8", "replace").splitlines()[-4:])
        raise StartFailed(f"mariadbd --bootstrap failed: {said}", f"Look at {folder}.")
    partial.rename(data)


def plan(folder: Path, port: int, settings: Mapping[str, str] = SETTINGS) -> Plan:
    """How to start the server whose data is in `folder`."""
    command = (*_command(folder / "data", settings), f"--port={port}", f"--init-file={folder / FIRST}")
    return Plan(command, lambda: _greets(port), signal.SIGTERM)


def address(password: str, port: int) -> str:
    """The URL to connect to."""
    return f"mysql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"


@contextmanager
def open(folder: Path | None = None, settings: Mapping[str, str] = SETTINGS) -> Iterator[Mysql]:
    """A started server, stopped at the end; without `folder` its data goes with it. BadInput when the program is
    missing."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-mysql-") as temporary:
        server = Mysql(folder or Path(temporary), settings, is_temporary=folder is None)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def start(launch: Launch) -> str:
    """One server."""
    password = secrets.token_hex(16)

    def planned(folder: Path, port: int) -> Plan:
        make(folder, password)
        return plan(folder, port)

    return address(password, launch("mysql", planned))


def _command(data: Path, settings: Mapping[str, str]) -> tuple[str, ...]:
    """It runs as root only when told so; the folder it is given is ours alone."""
    who = ("--user=root",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    flags = (f"--{name}={value}" for name, value in settings.items())
    return (str(MARIADB.need()), "--no-defaults", f"--datadir={data}", *who, *FLAGS, *flags)


def _share() -> Path:
    """Where the program's own SQL files are: beside it, wherever its package was unpacked."""
    program = MARIADB.need().resolve()
    for folder in program.parents:
        for name in ("share/mysql", "share/mariadb", "share"):
            if (folder / name / SYSTEM_TABLES[0]).exists():
                return folder / name
    raise StartFailed(f"no {SYSTEM_TABLES[0]} near {program}", MARIADB.get_it)


def _first(password: str) -> str:
    """What the server does before it takes connections, at every start."""
    who = f"'{USER}'@'127.0.0.1'"
    return (
        f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n"
        f"CREATE USER IF NOT EXISTS {who} IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON {DATABASE}.* TO {who};\n"
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
    )


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0) as connection:
            head = connection.recv(5)
    except OSError:
        return False
    return len(head) == 5 and head[4] == PROTOCOL


SERVICE = Service("mysql", "one MariaDB, on disk before it answers", (MARIADB,), start)
