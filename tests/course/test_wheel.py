"""The wheel adds `twitterlab` to site-packages and nothing else, and carries the workbook inside."""

from __future__ import annotations

import importlib.util
import json
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

from twitterlab.course import syllabus
from twitterlab.course.starters import starter
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


def test_a_wheel_for_exams_leaves_the_mutants_out(site_packages, tmp_path, monkeypatch):
    monkeypatch.setenv("TWITTERLAB_EXAM", "1")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=BOOK.root)
    (wheel,) = tmp_path.glob("*.whl")

    names = zipfile.ZipFile(wheel).namelist()

    assert (site_packages / "twitterlab/_workbook/weeks/week1/mutants/survivors.toml").is_file()
    assert [name for name in names if "/mutants/" in name] == []
    assert "twitterlab/_workbook/weeks/week1/checks/day1_snowflake.py" in names


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


@pytest.fixture(scope="module")
def installed(site_packages):
    """Runs `twitterlab` from the wheel; its dependencies are those of the tests."""
    env = next(folder for folder in site_packages.parents if (folder / "pyvenv.cfg").is_file())
    python = next(path for path in env.rglob("python*") if path.name in ("python", "python.exe"))
    (site_packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))

    def run(*words, cwd):
        command = [str(python), "-I", "-m", "twitterlab", *words]
        answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
        assert "Traceback" not in answer.stderr, answer.stderr[-2000:]
        return answer

    assert str(site_packages) in _run(python, "-I", "-c", "import twitterlab; print(twitterlab.__file__)", cwd=env)
    return run


def test_a_workbook_from_the_wheel_begins_at_nothing_and_solutions_earn_all(installed, tmp_path):
    installed("init", "book", cwd=tmp_path)
    book = tmp_path / "book"

    untouched = installed("check", "1", cwd=book)
    for solution in (book / "solutions").rglob("day*.py"):
        (book / "exercises" / solution.relative_to(book / "solutions")).write_bytes(solution.read_bytes())
    solved = installed("check", "1", cwd=book / "exercises" / "week1")

    assert (untouched.returncode, untouched.stdout.splitlines()[-1]) == (1, "0 of 500")
    assert untouched.stdout.count(": not started") == 5
    assert (solved.returncode, solved.stdout.splitlines()[-1]) == (0, "500 of 500")


def test_an_upgrade_from_an_older_wheel_keeps_what_was_edited_and_says_what_met(installed, site_packages, tmp_path):
    inside = site_packages / "twitterlab" / "_workbook"
    shutil.copytree(inside, tmp_path / "new")
    solutions = inside / "solutions" / "week1"
    try:
        for name in ("day1_snowflake.py", "day2_schema.py", "day5_meter.py"):
            path = solutions / name
            path.write_text(path.read_text().replace('"""', '"""Older: ', 1))
        (inside / "docs" / "week1" / "index.md").write_text("an older page")
        installed("init", "book", cwd=tmp_path)
    finally:
        shutil.rmtree(inside)
        shutil.copytree(tmp_path / "new", inside)
    book = tmp_path / "book"
    exercises = book / "exercises" / "week1"
    edited = exercises / "day1_snowflake.py"
    edited.write_text(edited.read_text() + "\nMINE = 1\n")
    met = exercises / "day2_schema.py"
    met.write_text(met.read_text().replace('"""Older: ', '"""Mine: ', 1))

    upgraded = installed("upgrade", cwd=book)
    again = installed("upgrade", cwd=book)

    assert upgraded.returncode == 1
    assert "Older" not in edited.read_text() and edited.read_text().endswith("MINE = 1\n")
    assert met.read_text().startswith('"""Mine: ')
    source = (inside / "solutions" / "week1" / "day5_meter.py").read_text(encoding="utf-8")
    assert (exercises / "day5_meter.py").read_text(encoding="utf-8") == starter(source, "day5_meter.py")
    assert (book / "docs" / "week1" / "index.md").read_text() != "an older page"
    said = {line.split()[1]: line.split()[0] for line in upgraded.stdout.splitlines() if line.startswith(WORDS)}
    assert {path: word for path, word in said.items() if path.startswith("exercises")} == {
        "exercises/week1/day1_snowflake.py,": "merged",
        "exercises/week1/day2_schema.py,": "conflict",
        "exercises/week1/day5_meter.py,": "replaced",
    }
    assert again.stdout.splitlines()[-1].startswith(("1 of your files", "Nothing is newer"))


WORDS = ("added", "replaced", "merged", "conflict")
