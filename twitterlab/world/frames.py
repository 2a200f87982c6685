"""What nodes say to each other: requests, replies and one-way messages, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

from twitterlab.world.wire import Wire

HEADER_BYTES = 40
"""What a frame weighs beside its content: addresses, numbers and lengths, as IP and TCP headers do."""


class Span(msgspec.Struct, frozen=True):
    """Whose work this is: the request as a whole, and the step of it that asked. Zeros: nobody's."""

    request: int = 0
    span: int = 0


class Request(msgspec.Struct, frozen=True):
    """Please do `method` and answer under `number`."""

    number: int
    method: str
    body: Wire
    span: Span


class Notice(msgspec.Struct, frozen=True):
    """Please do `method`; nobody waits for an answer."""

    method: str
    body: Wire
    span: Span


class Reply(msgspec.Struct, frozen=True):
    """The answer to request `number`: its body; or that it was refused, or is uncertain, and why."""

    number: int
    outcome: Literal["ok", "refused", "uncertain"]
    body: Wire | None = None
    reason: str = ""
    kind: str = ""


Frame = Request | Notice | Reply


def weight(frame: Frame) -> int:
    """Bytes on the wire."""
    content = frame.body[1] if frame.body is not None else frame.reason.encode() if isinstance(frame, Reply) else b""
    return HEADER_BYTES + len(content)
