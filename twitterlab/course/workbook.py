"""The workbook: the folder a student works in, found from wherever they are.

A folder with a `workbook.toml` is one. The repository is a workbook; the wheel carries one as data.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from twitterlab.errors import BadInput, TwitterlabError

FILE = "workbook.toml"
SCHEMA = 1
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook and its rooms. `is_own` is False for the one that came with the installation."""

    root: Path
    is_own: bool

    @property
    def weeks(self) -> Path:
        """Labs and checks."""
        return self.root / "weeks"

    @property
    def exercises(self) -> Path:
        """What a student edits."""
        return self.root / "exercises"

    @property
    def solutions(self) -> Path:
        """The reference parts, from which the exercises are made."""
        return self.root / "solutions"

    @property
    def docs(self) -> Path:
        """The lessons."""
        return self.root / "docs"

    @property
    def state(self) -> Path:
        """What the course remembers of the student; not there until something is."""
        return self.root / ".twitterlab"


def find(start: Path | None = None) -> Workbook:
    """The workbook that holds `start` (the current folder if left out). BadInput outside one."""
    here = (start or Path.cwd()).resolve()
    root = _around(here)
    if root is None:
        raise BadInput(f"{here} is not inside a workbook", f"Go to the folder that holds {FILE}, then try again.")
    return _open(root, is_own=True)


def packaged(package: Path = PACKAGE) -> Workbook:
    """The workbook that came with the installation: inside the wheel, or the repository of an editable install."""
    for folder in (package / "_workbook", package.parent):
        if (folder / FILE).is_file():
            return _open(folder, is_own=False)
    raise TwitterlabError("this installation of twitterlab carries no workbook", "Install it again.")


def find_or_packaged(start: Path | None = None) -> Workbook:
    """The workbook that holds `start`, else the packaged one: for verbs that touch nobody's work."""
    root = _around((start or Path.cwd()).resolve())
    return packaged() if root is None else _open(root, is_own=True)


def _around(here: Path) -> Path | None:
    return next((folder for folder in (here, *here.parents) if (folder / FILE).is_file()), None)


def _open(root: Path, is_own: bool) -> Workbook:
    path = root / FILE
    try:
        schema = tomllib.loads(path.read_text(encoding="utf-8")).get("schema", SCHEMA)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {error}", f"It needs one line: schema = {SCHEMA}.") from None
    if schema != SCHEMA:
        raise BadInput(
            f"{path} says schema = {schema!r}, this twitterlab knows {SCHEMA}", "Install the twitterlab it was made by."
        )
    return Workbook(root, is_own)
