"""The standard streams of a child that runs student code: the pipe to the parent is put out of reach of a print."""

from __future__ import annotations

import faulthandler
import os
import secrets
import signal


def standard_input() -> bytes:
    """All of it, without a buffer that would keep the key."""
    said = b""
    while chunk := os.read(0, 65_536):
        said += chunk
    return said


def hide_standard_output() -> int:
    """Move the pipe that is standard output to a number drawn by lot, and give the streams to no one."""
    pipe = os.dup2(1, 300 + secrets.randbelow(200), inheritable=False)
    os.dup2(2, 1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    if hasattr(faulthandler, "register"):  # the parent asks with a signal where an endless loop is
        faulthandler.register(signal.SIGUSR1, all_threads=False)
        faulthandler.register(signal.SIGXCPU, all_threads=False, chain=True)
    faulthandler.enable(all_threads=False)
    return pipe
