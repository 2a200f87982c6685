"""Who runs a program that refuses to run as root."""

from __future__ import annotations

import os
import sys

import pytest

from twitterlab.errors import BadInput
from twitterlab.servers import unprivileged
from twitterlab.servers.unprivileged import ENTER, NOBODY, Runner, runner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="servers are started on Linux and macOS only")


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(unprivileged, "_is_open", lambda folder: folder.name != "closed")


def test_who_is_not_root_runs_it_themselves(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert runner(tmp_path) == Runner()


def test_for_root_it_is_nobody(as_root, tmp_path):
    assert runner(tmp_path / "data", tmp_path / "bin" / "program") == Runner(user=NOBODY)


@pytest.mark.parametrize("closed", ["data", "program"])
def test_where_nobody_may_enter_root_gets_another_number(as_root, tmp_path, monkeypatch, closed):
    monkeypatch.setattr(unprivileged, "_has_namespaces", lambda: True)
    paths = {"data": tmp_path / "data", "program": tmp_path / "program", closed: tmp_path / "closed" / closed}

    assert runner(*paths.values()) == Runner(prefix=ENTER)


def test_where_that_cannot_be_either_it_is_said(as_root, tmp_path, monkeypatch):
    monkeypatch.setattr(unprivileged, "_has_namespaces", lambda: False)

    with pytest.raises(BadInput, match=r"PostgreSQL does not run as root, and nobody else may enter .*/closed"):
        runner(tmp_path / "closed" / "data")
