"""A workbook of one's own, for the tests of what runs in one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twitterlab.course.starters import generate
from twitterlab.course.workbook import Workbook, packaged


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    """A workbook of one's own in which nothing is begun."""
    home = packaged()
    root = tmp_path / "book"
    for name in ("weeks", "solutions", "exercises"):
        shutil.copytree(home.root / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(home.root / "workbook.toml", root)
    own = Workbook(root, is_own=True)
    for path, text in generate(own).items():
        path.write_text(text, encoding="utf-8")
    return own
