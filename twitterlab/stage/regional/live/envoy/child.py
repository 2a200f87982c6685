"""One of our own small servers in a process of its own, which can be killed and started again."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twitterlab.servers.process import Process

SETTINGS, PORT = "settings.json", "port"
_ROOM = "twitterlab.stage.regional.live.envoy"


class Child:
    """A module of this room as a process, which finds its settings in its folder, and writes its port there once it
    listens. Started again it listens on the same one."""

    def __init__(self, module: str, folder: Path, settings: Mapping[str, Any]) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / SETTINGS).write_text(json.dumps({**settings, "port": 0}))
        self._process = Process(
            (sys.executable, "-m", f"{_ROOM}.{module}", str(folder)), folder, (folder / PORT).exists
        )  # fmt: skip

    @property
    def port(self) -> int:
        return int((self.folder / PORT).read_text())

    def start(self) -> None:
        """Return once it listens. StartFailed if it does not."""
        if (self.folder / PORT).exists():
            settings = settings_of(self.folder)
            (self.folder / SETTINGS).write_text(json.dumps({**settings, "port": self.port}))
            (self.folder / PORT).unlink()
        self._process.start()

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()

    def stop(self) -> None:
        self._process.stop()


def settings_of(folder: Path) -> dict[str, Any]:
    """What a child was given."""
    found: dict[str, Any] = json.loads((folder / SETTINGS).read_text())
    return found


def listens(folder: Path, port: int) -> None:
    """Said by the child: it listens there."""
    partial = folder / f"{PORT}.part"
    partial.write_text(str(port))
    partial.replace(folder / PORT)
