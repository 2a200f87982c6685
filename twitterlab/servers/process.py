"""One server process: started, asked until it answers, stopped, or killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from twitterlab.errors import TwitterlabError

ASK_EVERY_S = 0.002
STARTS_WITHIN_S = 30.0
STOPS_WITHIN_S = 10.0
LOG_LINES = 5
GUARD = """read -r _; kill -s "$2" "$0"; n=0
while [ "$2" != KILL ] && kill -0 "$0" 2>/dev/null; do
    [ $n -lt 100 ] || { kill -9 "$0"; break; }
    n=$((n + 1)); sleep 0.02
done
[ -z "$1" ] || rm -rf -- "$1"
"""
"""Waits for the end of its standard input, which comes when we are gone, and takes the server along, and the
folder that was made for it."""


class StartFailed(TwitterlabError):
    """The server ended, or never answered: the last lines of its log say why."""


class Process:
    """A child of ours in a session of its own, so that Ctrl-C reaches us and not it. If this process is killed,
    the server dies too, and a folder that `is_temporary` goes with it: a shell waits for that.

    `user` is who it runs as where that is not us, `ends_by` the signal that ends it in good order, `dies_by` the
    one that ends it at once (and is made sure of two seconds later)."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        is_ready: Callable[[], bool],
        is_temporary: bool = False,
        user: int | None = None,
        ends_by: signal.Signals = signal.SIGTERM,
        dies_by: str = "KILL",
    ) -> None:
        self._command, self._folder, self._is_ready = tuple(command), folder, is_ready
        self._goes_too = str(folder) if is_temporary else ""
        self.log = folder / "server.log"
        self._user, self._ends_by, self._dies_by = user, ends_by, dies_by
        self._server: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int:
        assert self._server is not None, "not started"
        return self._server.pid

    def start(self, holds: Sequence[int] = ()) -> None:
        """Return once it answers. It inherits the open files `holds`. StartFailed when it ends, or is silent for
        30 s."""
        assert not self.is_running, "already started"
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=tuple(holds),
                user=self._user,
                extra_groups=None if self._user is None else [],
            )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, str(self.pid), self._goes_too, self._dies_by],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it in good order; after 10 s by force. Stopping what is not running changes nothing."""
        self._end(self._ends_by)

    def kill(self) -> None:
        """`kill -9`: it gets to do nothing more."""
        self._end(signal.SIGKILL)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._is_ready():
            if not self.is_running or time.monotonic() > deadline:
                name, last = Path(self._command[0]).name, last_words(self.log)
                self.kill()
                raise StartFailed(f"{name} did not start: {last}", f"Its log: {self.log}")
            time.sleep(ASK_EVERY_S)

    def _end(self, how: signal.Signals) -> None:
        if self._guard is not None:  # first: it must never kill a process that got the server's number later
            self._guard.kill()
            self._guard.wait()
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard = None
        if self._server is None:
            return
        if self.is_running:
            os.kill(self._server.pid, how)
        try:
            self._server.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None


def last_words(log: Path) -> str:
    """The end of a server's log, in one line."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return " / ".join(lines[-LOG_LINES:]) or "it said nothing"


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago. Somebody else may take it before you do: retry."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
