"""Where a server's program is found."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from twitterlab.errors import BadInput
from twitterlab.servers.binary import Program

GET_IT = "Get it: `make server`."


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program that a package may bring in `bin/`, and PATH as an empty folder."""
    (tmp_path / "on_path").mkdir()
    (tmp_path / "site" / "the_wheel" / "bin").mkdir(parents=True)
    (tmp_path / "site" / "the_wheel" / "__init__.py").touch()
    monkeypatch.setenv("PATH", str(tmp_path / "on_path"))
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Program("some-server", "the_wheel", "bin/some-server", GET_IT)


def put(path):
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_wheel_comes_before_the_path(program, tmp_path):
    on_path = put(tmp_path / "on_path" / "some-server")
    assert program.find() == on_path

    in_wheel = put(tmp_path / "site" / "the_wheel" / "bin" / "some-server")

    assert program.need() == in_wheel


def test_what_is_missing_comes_with_the_command_that_gets_it(program):
    assert program.find() is None

    with pytest.raises(BadInput) as raised:
        program.need()

    assert str(raised.value) == f"no some-server in the wheel the_wheel or on PATH. {GET_IT}"
    assert os.linesep not in str(raised.value)


def test_a_wheel_that_is_not_installed_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Program("some-server", "no_such_wheel", "*", GET_IT).find() is None


def test_the_command_is_that_of_the_python_which_runs(program, monkeypatch, tmp_path):
    wanted = replace(program, get_it="Get it: `pip install some-server` (Linux).")
    monkeypatch.setattr("sys.executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.chdir(tmp_path)
    assert wanted.next_step() == "Get it: `.venv/bin/python -m pip install some-server` (Linux)."

    put(tmp_path / "on_path" / "python")  # its environment is active
    monkeypatch.setattr("sys.executable", str(tmp_path / "on_path" / "python"))
    assert wanted.next_step() == "Get it: `pip install some-server` (Linux)."
