"""A private PostgreSQL: ours alone, and what it committed survives `kill -9`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from twitterlab.servers import postgres, postgres_replica
from twitterlab.servers.registry import Registry
from twitterlab.servers.waiting import until

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.skipif(postgres.POSTGRES.find() is None, reason=postgres.POSTGRES.why_not())


def ask(address, sql):
    with psycopg.connect(address) as connection:
        found = connection.execute(sql)
        return found.fetchall() if found.description else []


@pytest.fixture
def folder():
    """A folder that all may enter, for whom root's tests are nobody's business; pytest's own is closed."""
    made = Path(tempfile.mkdtemp(prefix="twitterlab-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_what_was_committed_survives_kill_9_and_a_new_start(folder):
    (folder / "one").mkdir()
    with postgres.open(folder / "one") as server:
        ask(server.address(), "CREATE TABLE t AS SELECT 1 AS x")
        server.kill()
        assert not server.is_running
        server.start()
        assert ask(server.address(), "SELECT x FROM t") == [(1,)]

    with postgres.open(folder / "one") as server:
        assert ask(server.address(), "SELECT x FROM t") == [(1,)]
        assert [ask(server.address(), f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == [[("on",)]] * 2


def test_strangers_stay_outside_and_a_temporary_one_leaves_nothing():
    with postgres.open() as server:
        address = server.address()
        folder = server._folder
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(address.replace("postgres:", "postgres:x", 1).replace("postgresx:", "postgres:"), "SELECT 1")
        assert ask(address, "SELECT 1") == [(1,)]

    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        ask(address, "SELECT 1")


def test_it_runs_below_a_folder_that_only_we_may_enter(folder):
    (folder / "closed" / "one").mkdir(parents=True)
    (folder / "closed").chmod(0o700)

    with postgres.open(folder / "closed" / "one") as server:
        assert ask(server.address(), "SELECT 1") == [(1,)]


def test_a_commit_waits_for_the_standby_and_is_read_there(folder):
    registry = Registry(folder / "state" / "servers")
    outcomes = []
    registry.up([postgres_replica.SERVICE], lambda _, outcome: outcomes.append(outcome))
    try:
        (running,) = outcomes
        primary, standby = running.address, postgres_replica.to_standby(running.address)
        ask(primary, "CREATE TABLE t AS SELECT 1 AS x")
        assert ask(primary, "SELECT state, sync_state FROM pg_stat_replication") == [("streaming", "sync")]
        at = ask(primary, "SELECT pg_current_wal_flush_lsn()")[0][0]
        while not ask(standby, f"SELECT pg_last_wal_replay_lsn() >= '{at}'")[0][0]:
            pass  # it is on the standby's disk, and about to be read
        assert ask(standby, "SELECT x FROM t") == [(1,)]
    finally:
        registry.down()
    assert not (folder / "state" / "servers").exists()


RUN = f"""
import sys
sys.path[:] = {sys.path!r}
from twitterlab.servers import postgres

with postgres.open() as server:
    print(server.port, server._folder, flush=True)
    sys.stdin.read()
"""


def test_a_run_that_is_killed_leaves_neither_a_server_nor_its_temporary_folder():
    run = subprocess.Popen([sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port, folder = run.stdout.readline().split()

    run.kill()
    run.communicate()

    until(lambda: not listens(int(port)) and not Path(folder).exists(), "both to go")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
