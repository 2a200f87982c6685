"""Media in memory."""

from __future__ import annotations

from twitterlab.errors import Refused
from twitterlab.storage.media.port import NAME


class MemoryMedia:
    """`Media` in a dictionary."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def put(self, name: str, content: bytes) -> None:
        assert NAME.fullmatch(name)
        self._contents.setdefault(name, content)

    async def get(self, name: str) -> bytes:
        if name not in self._contents:
            raise Refused("there is no such picture", "missing")
        return self._contents[name]

    async def known(self, names: tuple[str, ...]) -> set[str]:
        return {name for name in names if name in self._contents}
