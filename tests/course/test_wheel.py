"""The wheel adds `twitterlab` to site-packages and nothing else, and carries the workbook inside."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import venv
from pathlib import Path
from textwrap import dedent

import pytest

from twitterlab.course import syllabus
from twitterlab.course.workbook import packaged

BOOK = packaged()
pytestmark = pytest.mark.slow
LOOK = dedent("""
    import json
    from twitterlab.course import syllabus, workbook

    book = workbook.find_or_packaged()
    entries = syllabus.entries(book)
    print(json.dumps({
        "root": str(book.root),
        "is_own": book.is_own,
        "days": [entry.day_id for entry in entries],
        "missing": [e.day_id for e in entries if not e.solution(book).is_file() or not e.lesson(book).is_file()],
    }))
""")


def _run(*words, cwd):
    answer = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, timeout=300)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory):
    """A new environment with the wheel in it and none of its dependencies."""
    for module in ("hatchling", "pip"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"needs {module}: `python3 start.py test` installs it")
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=BOOK.root)
    venv.create(folder / "env", with_pip=False)
    (wheel,) = folder.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--python", folder / "env", "--disable-pip-version-check")
    _run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel, cwd=folder)
    (found,) = (folder / "env").rglob("site-packages")
    return found


def test_site_packages_gains_twitterlab_and_nothing_else(site_packages):
    gained = {path.name for path in site_packages.iterdir()}

    assert {name for name in gained if not name.endswith(".dist-info")} == {"twitterlab"}
    assert len(gained) == 2


def test_the_workbook_is_found_inside_with_every_day_and_lesson(site_packages, tmp_path):
    env = next(folder for folder in site_packages.parents if (folder / "pyvenv.cfg").is_file())
    python = next(path for path in env.rglob("python*") if path.name in ("python", "python.exe"))

    found = json.loads(_run(python, "-I", "-B", "-c", LOOK, cwd=tmp_path))

    assert Path(found["root"]) == (site_packages / "twitterlab" / "_workbook").resolve()
    assert not found["is_own"]
    assert found["days"] == [entry.day_id for entry in syllabus.entries(BOOK)]
    assert found["missing"] == []


def test_the_workbook_inside_holds_what_the_repository_holds(site_packages):
    inside = site_packages / "twitterlab" / "_workbook"

    for room in ("weeks", "exercises", "solutions"):
        for path in (BOOK.root / room).rglob("*.py"):
            assert (inside / path.relative_to(BOOK.root)).read_bytes() == path.read_bytes()
    assert not list(inside.rglob("__pycache__"))
    assert {path.name for path in inside.iterdir()} == {"docs", "exercises", "solutions", "weeks", "workbook.toml"}
