"""Cursors: opaque to the reader, a position in id order to us."""

from __future__ import annotations

import base64
import binascii

from twitterlab.errors import Refused
from twitterlab.platform.client import MAX_PAGE

NEWEST = 2**63 - 1


def encode(below_id: int) -> str:
    """A cursor for "ids below `below_id`"."""
    return base64.urlsafe_b64encode(below_id.to_bytes(8, "big")).decode().rstrip("=")


def decode(cursor: str | None) -> int:
    """The id that the page lies below; `Refused` for what we never issued."""
    if cursor is None:
        return NEWEST
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise Refused("this cursor is not one of ours") from None
    if len(raw) != 8 or raw[0] > 127 or encode(int.from_bytes(raw, "big")) != cursor:
        raise Refused("this cursor is not one of ours")
    return int.from_bytes(raw, "big")


def check_limit(limit: int) -> int:
    """`limit` itself; `Refused` outside 1…MAX_PAGE."""
    if not 1 <= limit <= MAX_PAGE:
        raise Refused(f"a page holds 1 to {MAX_PAGE} items, not {limit}")
    return limit
