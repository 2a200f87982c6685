"""The pipe from a child to the grader: lines of JSON, each signed, so that no print and no stray write is a verdict.

The key is new for each child and is read before any student code is loaded; afterwards only the closure
that signs holds it, and the pipe lies at a number drawn by lot. That keeps out accidents and simple
forgeries. It does not keep out code that searches the memory of its own process: in practice mode a
student can only fool themselves. The exam mode runs the part in a process that holds no verdict at all.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

KEY_BYTES = 32
Message = dict[str, Any]


def new_key() -> bytes:
    """A key for one child."""
    return secrets.token_bytes(KEY_BYTES)


def sender(key: bytes, descriptor: int) -> Callable[[Message], None]:
    """What the child sends with. A line begins with a line break, so that garbage before it ends there."""
    mac, dumps, write, getpid, leave = blake2b(key=key, digest_size=16), json.dumps, os.write, os.getpid, os._exit
    owner, sent = getpid(), 0

    def send(message: Message) -> None:
        nonlocal sent
        if getpid() != owner:  # a fork of the child has nothing to say
            leave(0)
        body = dumps([sent, message]).encode()
        sent += 1
        signed = mac.copy()
        signed.update(body)
        left = memoryview(b"\n" + signed.hexdigest().encode() + b" " + body + b"\n")
        while left:
            left = left[write(descriptor, left) :]

    return send


class Receiver:
    """What the parent hears: signed messages in order, once each. Everything else is nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._heard = 0

    def message(self, line: bytes) -> Message | None:
        """The message in `line`, or None where the line is not a new one of our own child."""
        signature, _, body = line.strip().partition(b" ")
        wanted = blake2b(body, key=self._key, digest_size=16).hexdigest().encode()
        if not secrets.compare_digest(signature, wanted):
            return None
        number, message = json.loads(body)
        if number < self._heard:
            return None
        self._heard = number + 1
        return dict(message)
