"""Single keys from a terminal, without waiting for Enter. Where there is no terminal, lines give their first letter."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Pressed = Callable[[float], str]


@contextmanager
def keys() -> Iterator[Pressed]:
    """A function that waits so many seconds for a key and gives it in lower case; "" if none came, "q" at the end."""
    if os.name == "nt":
        yield _windows
        return
    if not sys.stdin.isatty():
        yield _posix
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield _posix
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _posix(wait_s: float) -> str:
    import select

    if not select.select([sys.stdin], [], [], wait_s)[0]:
        return ""
    read = os.read(sys.stdin.fileno(), 1_024)
    return read.decode(errors="replace").strip(" ")[:1].lower() if read else "q"


def _windows(wait_s: float) -> str:
    import msvcrt
    from threading import Event

    for _ in range(max(1, int(wait_s / 0.01))):
        if msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
            return str(msvcrt.getwch()).lower()  # type: ignore[attr-defined,unused-ignore]
        Event().wait(0.01)
    return ""
