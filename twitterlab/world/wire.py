"""Messages as bytes: what crosses the network is a copy, so that no node shares memory with another.

A message is plain data (numbers, text, bytes, lists, dicts) or a dataclass, which arrives as the same
class. As on a real wire, a tuple inside plain data arrives as a list.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any

import msgspec

from twitterlab.errors import BadInput

Wire = tuple[type, bytes]
"""The message's class, which is code and everybody has it, and its content."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


@lru_cache(maxsize=1_024)
def _decoder(kind: type) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind if is_dataclass(kind) else Any)


def pack(message: Any) -> Wire:
    """The message as it travels. BadInput where it is not data."""
    try:
        return type(message), _encode(message)
    except (TypeError, OverflowError) as error:
        raise BadInput(
            f"{type(message).__name__} cannot be sent: {error}", "Send plain data, its names as text, or a dataclass"
        ) from error


def unpack(wire: Wire) -> Any:
    """A copy of what was packed."""
    kind, content = wire
    return _decoder(kind).decode(content)
