"""The port of media: pictures under the hash of what they hold."""

from __future__ import annotations

import re
from typing import Protocol

NAME = re.compile(r"[0-9a-f]{64}\.(png|jpg|gif|webp)")
"""SHA-256 in hex, and a suffix. Nothing else is ever looked up, so a name leads nowhere outside."""


class Media(Protocol):
    """Bytes by name.

    Clauses:
      1. A name matches `NAME`; any other is `Refused(kind="missing")` for `get` and a bug for `put`.
      2. `put` of a name that is there changes nothing: the name tells the content.
      3. `get` gives exactly the bytes that were put, or `Refused(kind="missing")`.
      4. `known` gives those of `names` that can be got.
      5. An acknowledged `put` survives what the engine's other acknowledged writes survive.
    """

    async def put(self, name: str, content: bytes) -> None: ...

    async def get(self, name: str) -> bytes: ...

    async def known(self, names: tuple[str, ...]) -> set[str]: ...
