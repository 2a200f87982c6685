"""`twitterlab up`, `ps` and `down`, as typed."""

from __future__ import annotations

import json

import pytest

from twitterlab.cli.app import run
from twitterlab.servers.valkey import VALKEY


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    run(["down"])


@pytest.mark.skipif(VALKEY.find() is None, reason=VALKEY.why_not())
def test_a_server_stays_until_down(here, capsys):
    import redis

    assert run(["up", "valkey"]) == 0
    address = capsys.readouterr().out.removeprefix("valkey: ").strip()
    with redis.Redis.from_url(address) as client:
        assert client.ping()

    assert run(["ps", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["address"]) == ("valkey", address)

    assert run(["down"]) == 0
    assert capsys.readouterr().out == "valkey: ended\n"
    assert list(here.iterdir()) == []


def test_nothing_runs_at_first_and_asking_leaves_no_trace(here, capsys):
    assert run(["ps"]) == 0
    assert run(["down"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Nothing runs. Start one: `twitterlab up valkey`.\n")
    assert "event log         fakeredis" in said  # where a run keeps what
    assert said.endswith("Nothing was running.\n")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("verb", ["up", "down"])
def test_an_unknown_server_is_answered_with_those_there_are(verb, here, capsys):
    assert run([verb, "valkyrie"]) == 2
    assert "no server 'valkyrie'. Choose from: valkey" in capsys.readouterr().err


def test_an_engine_says_where_it_keeps_what(here, capsys):
    assert run(["ps", "--engine", "postgres", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["tweets"], table["outbox"]) == ("PostgreSQL", "PostgreSQL")
    assert table["event log"] == "Valkey, on disk before it answers"
    assert table["home timelines"] == table["cache"] == "Valkey, a second one: memory only"

    assert run(["ps", "--engine", "nope"]) == 2
    assert "no engine 'nope'" in capsys.readouterr().err
