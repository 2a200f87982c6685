"""Media as files: a folder a leading byte of the name, each file written beside, synced, and moved into place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path

from twitterlab.errors import Refused
from twitterlab.storage.media.port import NAME


class FolderMedia:
    """`Media` under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, content: bytes) -> None:
        assert NAME.fullmatch(name)
        await asyncio.to_thread(self._write, self._path(name), content)

    async def get(self, name: str) -> bytes:
        if not NAME.fullmatch(name):
            raise Refused("there is no such picture", "missing")
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            raise Refused("there is no such picture", "missing") from None

    async def known(self, names: tuple[str, ...]) -> set[str]:
        return {name for name in names if NAME.fullmatch(name) and self._path(name).is_file()}

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name

    def _write(self, path: Path, content: bytes) -> None:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
            self._sync(path.parent)
            self._sync(self._root)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(beside).unlink()

    def _sync(self, folder: Path) -> None:
        """Make a new name in a folder last. Windows has no such call."""
        if os.name == "nt":
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
