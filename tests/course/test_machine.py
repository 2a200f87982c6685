"""The doctor: every line true of this machine, and exit codes that scripts can trust."""

from __future__ import annotations

import sqlite3
from importlib import metadata

import pytest

from twitterlab.course import machine
from twitterlab.course.machine import Capability, examine, is_fit
from twitterlab.servers.binary import Program
from twitterlab.servers.valkey import VALKEY


def line(name):
    (found,) = [one for one in examine() if one.name == name]
    return found


def test_a_machine_that_runs_these_tests_is_fit():
    assert [one for one in examine() if one.needed and not one.is_there] == []


def test_whatever_is_missing_comes_with_a_next_step():
    assert [one.name for one in examine() if not one.is_there and not one.next_step] == []


def test_versions_are_those_in_use():
    assert sqlite3.sqlite_version in line("sqlite").found
    assert line("redis").found == metadata.version("redis")


def test_only_what_is_needed_decides():
    assert is_fit((Capability("a", True, "", True), Capability("b", False, "")))
    assert not is_fit((Capability("a", False, "", True), Capability("b", True, "")))


def without(name, monkeypatch):
    known = metadata.version

    def version(asked):
        if asked == name:
            raise metadata.PackageNotFoundError(asked)
        return known(asked)

    monkeypatch.setattr(machine.metadata, "version", version)


def test_a_library_that_is_missing_makes_it_unfit(monkeypatch):
    without("redis", monkeypatch)

    assert not is_fit(examine())
    assert "not installed" in line("redis").found
    assert 'pip install "redis' in line("redis").next_step


def test_a_library_of_the_wrong_version_makes_it_unfit(monkeypatch):
    known = metadata.version
    monkeypatch.setattr(machine.metadata, "version", lambda name: "0.1" if name == "redis" else known(name))

    assert not is_fit(examine())
    assert line("redis").found.startswith("0.1, wanted redis>=")


def test_the_embedded_course_needs_no_server(monkeypatch):
    without(VALKEY.wheel, monkeypatch)
    monkeypatch.setattr(Program, "find", lambda _: None)

    assert is_fit(examine())
    assert line("valkey-server") == Capability("valkey-server", False, VALKEY.why_not(), False, VALKEY.get_it)


def test_a_full_disk_makes_it_unfit(monkeypatch):
    monkeypatch.setattr(machine, "FREE_MB", 10**12)

    assert not is_fit(examine())
    assert "TMPDIR" in line("temporary folder").next_step


@pytest.mark.parametrize("extra", machine.EXTRAS)
def test_every_extra_has_a_line(extra):
    assert not line(f"extra {extra}").needed
