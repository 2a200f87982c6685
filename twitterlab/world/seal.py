"""Keeps the outside world out of a simulation: threads, sockets, processes, sleeping and a node's writing of real
files raise at the call.

Real work finishes when it pleases, so a run that waited for it could not be replayed; and what a node writes into a
real file no crash takes back. The ban holds for code on a virtual loop only; another thread of the same program is
free. Clocks are left alone, since libraries log with them: that nobody decides by one is what `twice.py` finds out.
What a library does in C (SQLite reads and writes its file) is not seen: `charge.py` makes it cost its time.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import io
import multiprocessing.process
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from twitterlab.world.life import LIFE

COLLECT_EVERY = 250_000
"""Events before the first collection of garbage, and between two at least."""


class NotInSimulation(RuntimeError):
    """Something of the real world was asked for inside virtual time."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{what} inside a simulation: its run could not be replayed. {instead}")


_MESSAGES = "Send messages: node.call, node.send."
_NODES = "Add a node: world.nodes.add."
_BANNED: tuple[tuple[Any, str, str, str], ...] = (
    (threading.Thread, "start", "a thread", "Start a task: asyncio.create_task."),
    (socket.socket, "__init__", "a real socket", _MESSAGES),
    (socket, "getaddrinfo", "a real socket", _MESSAGES),
    (subprocess.Popen, "__init__", "a real process", _NODES),
    (multiprocessing.process.BaseProcess, "start", "a real process", _NODES),
    (os, "system", "a real process", _NODES),
    *((os, "fork", "a real process", _NODES) for _ in range(hasattr(os, "fork"))),
    (time, "sleep", "time.sleep", "await clock.sleep_ms(...)."),
    (builtins, "input", "a question to the keyboard", "Let a client call."),
)
_WRITING = ((builtins, "open"), (io, "open"))
_OF_A_LOOP: tuple[tuple[str, str, str], ...] = (
    ("run_in_executor", "a thread", "Call it directly: virtual time does not pass meanwhile."),
    ("add_signal_handler", "a signal handler", "Inject a fault: world.faults."),
    ("subprocess_exec subprocess_shell connect_read_pipe connect_write_pipe", "a real process",
     "Add a node: world.nodes.add."),
    ("add_reader add_writer create_connection create_server create_datagram_endpoint create_unix_connection "
     "create_unix_server getaddrinfo getnameinfo sock_accept sock_connect sock_recv sock_sendall", "a real socket",
     "Send messages: node.call, node.send."),
)  # fmt: skip
"""What an asyncio loop also offers, what it would use of the real world, and what to do instead."""
_doorkeeper = threading.Lock()
_entered = 0
_originals: list[tuple[Any, str, Any]] = []


def _ban(original: Callable[..., Any], what: str, instead: str) -> Callable[..., Any]:
    def banned(*args: Any, **kwargs: Any) -> Any:
        loop = asyncio._get_running_loop()
        if loop is not None and getattr(loop, "is_virtual", False):
            raise NotInSimulation(what, instead)
        return original(*args, **kwargs)

    return banned


def _ban_writing(original: Callable[..., Any]) -> Callable[..., Any]:
    def banned(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        is_writing = isinstance(mode, str) and not set("wax+").isdisjoint(mode)
        if is_writing and LIFE.get() is not None and getattr(asyncio._get_running_loop(), "is_virtual", False):
            raise NotInSimulation("a real file that a node writes", "Use node.disk: a crash shows what was not synced.")
        return original(file, mode, *args, **kwargs)

    return banned


def refuse_the_outside(loop: type[asyncio.AbstractEventLoop]) -> None:
    """Let the methods of an event loop that reach for the real world raise."""
    for names, what, instead in _OF_A_LOOP:
        for name in names.split():
            setattr(loop, name, _refusal(what, instead))


def _refusal(what: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotInSimulation(what, instead)

    return refuse


@contextmanager
def sealed() -> Iterator[None]:
    """While it lasts, code on a virtual loop cannot leave it, and garbage is not collected at random."""
    was_collecting = gc.isenabled()
    gc.disable()
    with _doorkeeper:
        _enter()
    try:
        yield
    finally:
        with _doorkeeper:
            _leave()
        if was_collecting:
            gc.enable()


def _enter() -> None:
    global _entered
    if not _entered:
        gc.freeze()  # what was there before is not looked at: neither its size nor its garbage matters inside
        for owner, name, what, instead in _BANNED:
            _originals.append((owner, name, getattr(owner, name)))
            setattr(owner, name, _ban(getattr(owner, name), what, instead))
        for owner, name in _WRITING:
            _originals.append((owner, name, getattr(owner, name)))
            setattr(owner, name, _ban_writing(getattr(owner, name)))
    _entered += 1


def _leave() -> None:
    global _entered
    _entered -= 1
    if not _entered:
        gc.unfreeze()
        while _originals:
            owner, name, original = _originals.pop()
            setattr(owner, name, original)


class Collector:
    """Collects garbage at fixed numbers of events, so that finalisers run at the same place in every run; the longer
    it runs the more seldom, since all that lives is looked at each time. What lives at the first collection is looked
    at once: a large system is not large because of its garbage."""

    def __init__(self) -> None:
        self._next = COLLECT_EVERY
        self._is_first = True

    def __call__(self, events: int) -> None:
        if events >= self._next:
            self._next = events + max(COLLECT_EVERY, events // 2)
            gc.collect()
            if self._is_first:
                self._is_first = False
                gc.freeze()
