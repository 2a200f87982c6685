"""`start.py`: what it says when something is missing. It is the one file that runs before anything is installed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
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
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


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
