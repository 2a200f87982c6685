"""A server process that outlives the command which started it, and is found again by the next one.

It holds the lock of its folder for as long as any process of it lives, so that nobody is taken for it who got its
number later. It writes that number down itself, before it becomes the server: a command that is killed in the
middle of a start leaves nothing that cannot be found.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twitterlab.servers.folder import lock
from twitterlab.servers.process import ASK_EVERY_S, STARTS_WITHIN_S, STOPS_WITHIN_S, StartFailed, free_port, last_words

PORTS_TRIED = 5
INTRODUCES_ITSELF_WITHIN_S = 2.0
PID, LOG, ENDS_BY = "pid", "server.log", "ends_by"
INTRODUCTION = 'echo $$ > pid; exec "$0" "$@"'


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start one process: its command, how to see that it answers, the signal that ends it in good order, and
    the user it runs as where that is not us."""

    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    ends_by: signal.Signals = signal.SIGTERM
    user: int | None = None


def start(folder: Path, plan: Callable[[Path, int], Plan]) -> int:
    """Plan for a free port, start in `folder`, and return the port once the server answers there. A port that
    somebody took meanwhile is left to them. StartFailed with the end of its log; FolderTaken."""
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, PORTS_TRIED + 1):
        port = free_port()
        try:
            _launch(folder, plan(folder, port))
        except StartFailed as failed:
            end(folder)
            if attempt == PORTS_TRIED or "in use" not in failed.problem:
                raise
            (folder / LOG).unlink(missing_ok=True)
            continue
        return port
    raise AssertionError("the last attempt returned or raised")


def pid(folder: Path) -> int | None:
    """The number of the process that lives in `folder`, or None."""
    if not _is_held(folder):
        return None
    deadline = time.monotonic() + INTRODUCES_ITSELF_WITHIN_S
    while not (text := _read(folder / PID)) and time.monotonic() < deadline:
        time.sleep(ASK_EVERY_S)
    return int(text) if text else None


def end(folder: Path) -> None:
    """End what lives in `folder` in good order; after 10 s by force. Where nothing lives, nothing changes."""
    number = pid(folder)
    if number is None:
        return
    _send(os.kill, number, int(_read(folder / ENDS_BY) or signal.SIGTERM))
    if not _is_free_within(folder, STOPS_WITHIN_S):
        _send(os.killpg, number, signal.SIGKILL)
        _is_free_within(folder, STOPS_WITHIN_S)


def _launch(folder: Path, plan: Plan) -> None:
    (folder / PID).unlink(missing_ok=True)
    (folder / ENDS_BY).write_text(str(int(plan.ends_by)))
    if plan.user is not None:
        os.chown(folder, plan.user, -1)
    with lock(folder) as held, (folder / LOG).open("ab") as log:
        server = subprocess.Popen(
            ["/bin/sh", "-c", INTRODUCTION, *plan.command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(held.fileno(),),
            user=plan.user,
            extra_groups=None if plan.user is None else [],
        )
    _wait(server, folder, plan)


def _wait(server: subprocess.Popen[bytes], folder: Path, plan: Plan) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not plan.is_ready():
        if server.poll() is not None or time.monotonic() > deadline:
            name = Path(plan.command[0]).name
            raise StartFailed(f"{name} did not start: {last_words(folder / LOG)}", f"Its log: {folder / LOG}")
        time.sleep(ASK_EVERY_S)


def _is_held(folder: Path) -> bool:
    """Whether a process lives that was started in `folder`."""
    import fcntl

    try:
        with (folder / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _is_free_within(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _is_held(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(ASK_EVERY_S)
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def _send(how: Callable[[int, int], None], number: int, what: int) -> None:
    try:
        how(number, what)
    except ProcessLookupError:
        return  # it ended by itself
