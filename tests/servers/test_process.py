"""A server process: started, answered for, ended, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from twitterlab.servers.process import Process, StartFailed, free_port

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="servers are started on Linux and macOS only")

LISTENER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
held = []
while True:
    held.append(server.accept())
"""


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def make(folder, port):
    return Process([sys.executable, "-c", LISTENER, str(port)], folder, lambda: answers(port))


@pytest.fixture
def process(tmp_path):
    made = make(tmp_path, free_port())
    yield made
    made.kill()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_it_answers_from_start_to_end_and_starts_again(process, end):
    for _ in range(2):
        process.start()
        pid = process.pid
        assert process.is_running
        getattr(process, end)()
        assert not process.is_running
        assert not is_alive(pid)
    getattr(process, end)()  # once more changes nothing


def test_one_that_ends_at_once_says_its_last_words(tmp_path):
    process = Process([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path, lambda: False)

    with pytest.raises(StartFailed, match="did not start: no such luck"):
        process.start()

    assert not process.is_running


PARENT = f"""
import socket, sys
sys.path[:] = {sys.path!r}
from pathlib import Path
from twitterlab.servers.process import Process

def answers():
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=1):
            return True
    except OSError:
        return False

process = Process([sys.executable, "-c", {LISTENER!r}, sys.argv[2]], Path(sys.argv[1]), answers, sys.argv[3] == "temporary")
process.start()
print("started", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["temporary", "kept"])
def test_a_parent_that_is_killed_leaves_nothing_behind(tmp_path, kind):
    port, folder = free_port(), tmp_path / "data"
    folder.mkdir()
    command = [sys.executable, "-c", PARENT, str(folder), str(port), kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as held:
            parent.send_signal(signal.SIGKILL)
            with suppress(ConnectionResetError):
                assert held.recv(1) == b""  # the end of the server ends the connection
    tries = 0
    while kind == "temporary" and folder.exists():  # the shell is at it
        subprocess.run(["/bin/sh", "-c", ":"], check=True)
        tries += 1
        assert tries < 10_000
    assert folder.exists() == (kind == "kept")
