"""Servers that stay: found again, ended whole, and never orphaned by a command that was killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from twitterlab.errors import BadInput
from twitterlab.servers import detached
from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.folder import FolderTaken, lock
from twitterlab.servers.process import StartFailed
from twitterlab.servers.registry import Registry
from twitterlab.servers.service import Service

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="servers are started on Linux and macOS only")

LISTENER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].close()
"""


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def listener(folder, port):
    return Plan((sys.executable, "-c", LISTENER, str(port)), lambda: answers(port))


def pair(launch):
    return " ".join(f"tcp://127.0.0.1:{launch(member, listener)}" for member in ("primary", "replica"))


PAIR = Service("pair", "two listeners", (), pair)


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "state" / "servers")
    yield made
    made.down()


def up(registry, *services):
    """What came of each, by name."""
    outcomes = {}
    registry.up(services, lambda service, outcome: outcomes.update({service.name: outcome}))
    return outcomes


def ports(running):
    return [int(address.rpartition(":")[2]) for address in running.address.split()]


def test_what_is_up_is_found_again_and_down_leaves_no_process_port_or_file(registry, tmp_path):
    started = up(registry, PAIR)["pair"]
    assert all(map(answers, ports(started)))

    again = Registry(tmp_path / "state" / "servers")
    assert again.ps() == (started,)
    assert again.down() == ("pair",)

    assert not any(map(answers, ports(started)))
    assert list(tmp_path.iterdir()) == []
    assert again.ps() == ()


def test_what_runs_is_not_started_twice(registry):
    assert up(registry, PAIR) == up(registry, PAIR)


def test_a_service_of_which_one_process_died_says_so_and_starts_anew(registry):
    started = up(registry, PAIR)["pair"]
    os.kill(started.members[0].pid, signal.SIGKILL)
    while detached.pid(registry._root / "pair" / "primary"):
        pass

    (limping,) = registry.ps()
    assert [member.pid is None for member in limping.members] == [True, False]
    assert not limping.is_whole

    assert up(registry, PAIR)["pair"].is_whole
    assert not answers(ports(started)[1])


def test_only_what_is_named_ends(registry):
    other = Service("other", "two more", (), pair)
    outcomes = up(registry, PAIR, other)

    assert registry.down(["other"]) == ("other",)

    assert registry.ps() == (outcomes["pair"],)


def test_what_fails_leaves_nothing_and_does_not_stop_its_neighbour(registry, tmp_path):
    def half(launch):
        launch("good", listener)
        return str(launch("bad", lambda folder, port: Plan((sys.executable, "-c", "exit('no luck')"), lambda: False)))

    outcomes = up(registry, PAIR, Service("half", "", (), half))

    assert isinstance(outcomes["half"], StartFailed)
    assert "no luck" in str(outcomes["half"])
    assert [running.name for running in registry.ps()] == ["pair"]
    assert not (tmp_path / "state" / "servers" / "half").exists()


def test_a_missing_program_is_one_line_that_says_how_to_get_it(registry, tmp_path):
    missing = Program("no-such-server", "", "", "Get it: `make server`.")

    outcome = up(registry, Service("absent", "", (missing,), pair))["absent"]

    assert isinstance(outcome, BadInput)
    assert str(outcome) == "no no-such-server on PATH. Get it: `make server`."
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_somebody_took_meanwhile_is_left_to_them(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = somebody.getsockname()[1]
        free = detached.free_port()
        offered = iter([taken, free])
        monkeypatch.setattr(detached, "free_port", lambda: next(offered))
        is_mine = lambda folder: "in use" not in (folder / "server.log").read_text()  # noqa: E731
        try:
            port = detached.start(
                tmp_path,
                lambda folder, port: Plan(
                    (sys.executable, "-c", LISTENER, str(port)),
                    lambda: port != taken and is_mine(folder) and answers(port),
                ),
            )
        finally:
            detached.end(tmp_path)
    assert port == free


def test_one_that_ignores_the_polite_signal_is_ended_by_force(tmp_path, monkeypatch):
    monkeypatch.setattr(detached, "STOPS_WITHIN_S", 0.05)
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN){LISTENER}"
    port = detached.start(
        tmp_path, lambda _, port: Plan((sys.executable, "-c", stubborn, str(port)), lambda: answers(port))
    )

    detached.end(tmp_path)

    assert not answers(port)


def test_two_commands_do_not_work_on_it_at_once(registry):
    up(registry, PAIR)
    with lock(registry._root), pytest.raises(FolderTaken, match="another command works on the servers"):
        registry.ps()


KILLED = f"""
import os, signal, socket, sys
sys.path[:] = {sys.path!r}
from pathlib import Path
from twitterlab.servers.detached import Plan
from twitterlab.servers.registry import Registry
from twitterlab.servers.service import Service

def plan(folder, port):
    def never():
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return False
        print(port, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return Plan((sys.executable, "-c", {LISTENER!r}, str(port)), never)

Registry(Path(sys.argv[1])).up([Service("killed", "", (), lambda launch: str(launch("one", plan)))], print)
"""


@pytest.mark.parametrize(
    "next_one",
    [lambda registry: registry.ps(), lambda registry: registry.down(), lambda registry: up(registry, PAIR)],
    ids=["ps", "down", "up"],
)
def test_a_command_that_is_killed_leaves_no_orphan_after_the_next(registry, tmp_path, next_one):
    root = tmp_path / "state" / "servers"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(root)], stdout=subprocess.PIPE, text=True)
    assert killed.returncode == -signal.SIGKILL
    port = int(killed.stdout)
    assert answers(port)

    next_one(registry)

    assert not answers(port)
    assert not (root / "killed").exists()
