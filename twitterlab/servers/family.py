"""A family of processes: one parent that only watches, and children forked from it, each started anew when it dies.

The parent has no threads and no event loop, so that a fork is safe at any time; what it loaded, its children have
too. A child that finds its parent gone ends at once: it holds the reading end of a pipe whose other end only the
parent has, so also `kill -9` of the parent leaves nobody. Source: Armstrong, "Making reliable distributed systems in
the presence of software errors" (2003), chapter 5, on supervisors.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType

from twitterlab.errors import BadInput, TwitterlabError

ENDS_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.25
SOON_S, FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 0.1, 5.0
"""A child that died so soon after its start waits before the next one, twice as long each time."""
Main = Callable[[int], None]
"""What a child does, with the lifeline's file number; it ends by returning."""


@dataclass(slots=True)
class Child:
    """One member of the family. `pid` is 0 while it is not running."""

    name: str
    main: Main
    pid: int = 0
    started_s: float = 0.0
    pause_s: float = 0.0
    starts: int = 0


class Family:
    """Runs `mains` until it is told to end, by SIGINT, SIGTERM, or `end`. `say` gets a line about each death."""

    def __init__(self, mains: Mapping[str, Main], say: Callable[[str], None]) -> None:
        if not hasattr(os, "fork"):
            raise BadInput("several processes are forked, which this system cannot do", "Serve with one process.")
        self._children = [Child(name, main) for name, main in mains.items()]
        self._say, self._is_ending = say, False

    def run(self) -> None:
        """Start everybody and watch, until the end. Nobody is left when this returns or raises."""
        self._lifeline, self._held = os.pipe()
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        old_waker = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, self._told) for number in (signal.SIGINT, signal.SIGTERM)}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _noted)
        try:
            for child in self._children:
                self._start(child)
            self._say("processes: " + ", ".join(f"{child.name} {child.pid}" for child in self._children))
            while not self._is_ending:
                self._look()
        finally:
            self._end_all()
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(old_waker)
            for end in (self._lifeline, self._held, self._woken, waker):
                os.close(end)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self._is_ending = True

    def _start(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        child.started_s, child.starts = time.monotonic(), child.starts + 1
        child.pid = os.fork()
        if child.pid:
            return
        code = 1
        try:
            os.close(self._held)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
            for number in (signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            child.main(self._lifeline)
            code = 0
        except TwitterlabError as error:
            print(f"{child.name}: {error}", file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)  # nothing of the parent's is undone by its child

    def _look(self) -> None:
        """Wait for something to happen, then start who has died anew, unless that is too soon."""
        with contextlib.suppress(InterruptedError):
            if select.select([self._woken], [], [], LOOKS_EVERY_S)[0]:
                os.read(self._woken, 4_096)
        now_s = time.monotonic()
        for child in self._children:
            if child.pid and (status := _ended(child.pid)) is not None:
                self._died(child, status, now_s)
            if not child.pid and not self._is_ending and now_s >= child.started_s + child.pause_s:
                self._start(child)
                self._say(f"{child.name}: started anew as process {child.pid}")

    def _died(self, child: Child, status: int, now_s: float) -> None:
        code = os.waitstatus_to_exitcode(status)
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._say(f"{child.name}: process {child.pid} ended ({how})")
        is_soon = now_s - child.started_s < SOON_S
        pause_s = min(max(FIRST_PAUSE_S, 2 * child.pause_s), LONGEST_PAUSE_S) if is_soon else 0.0
        child.pid, child.started_s, child.pause_s = 0, now_s, pause_s

    def _end_all(self) -> None:
        """In good order, all at once; after 15 s by force."""
        living = [child for child in self._children if child.pid]
        _signal(living, signal.SIGTERM)
        deadline = time.monotonic() + ENDS_WITHIN_S
        while living and time.monotonic() < deadline:
            living = [child for child in living if _ended(child.pid) is None]
            time.sleep(0.01)
        _signal(living, signal.SIGKILL)
        for child in living:
            os.waitpid(child.pid, 0)
        for child in self._children:
            child.pid = 0


def _signal(children: list[Child], number: signal.Signals) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, number)


def _ended(pid: int) -> int | None:
    """The status of a child that has ended, once; None while it lives."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return status if found else None


def _noted(number: int, frame: FrameType | None) -> None:
    """A child has ended: the wake-up pipe says so."""
