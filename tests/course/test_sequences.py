"""Random sequences of commands over a workbook, killed in between: no student's file is lost or changed unasked."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twitterlab.course import desk, drawer, edition, progress, syllabus, workbook
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process, and this system forks none"),
]
DAYS = ("1.1", "1.2", "1.3")
CHANGES = {"reset", "catch-up", "upgrade"}
"""Commands that are asked to change exercises. No other may."""


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """The course, and a newer one: another docstring, another hint, a new lesson."""
    folder = tmp_path_factory.mktemp("courses")
    first = edition.init(workbook.packaged(), folder / "first")
    second = edition.init(workbook.packaged(), folder / "second")
    for path in second.solutions.glob("week1/day*.py"):
        path.write_text(path.read_text().replace('"""', '"""Newer: ', 1))
    (second.docs / "week1" / "new.md").write_text("new")
    return [Workbook(made.root, is_own=False) for made in (first, second)]


WRITES = st.tuples(
    st.just("write"), st.sampled_from(DAYS), st.sampled_from(["", "x = 1\n", "def broken(:\n", "é\r\n", "# mine\n"])
)
COMMANDS = st.tuples(
    st.sampled_from(["reset", "catch-up", "upgrade", "hint", "reveal", "diff", "export", "mark"]),
    st.sampled_from(DAYS),
    st.integers(0, 1),
)
KILLS = st.one_of(st.none(), st.integers(0, 12))
STEPS = st.lists(st.one_of(st.tuples(WRITES, st.none()), st.tuples(COMMANDS, KILLS)), min_size=1, max_size=8)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_no_file_is_lost_or_changed_unasked(courses, tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("book")
    shutil.copytree(courses[0].root, folder / "book")
    book = Workbook(folder / "book", is_own=True)
    entries = {entry.day_id: entry for entry in syllabus.entries(book)}
    paths = [entries[day].exercise(book) for day in DAYS]
    own = dict.fromkeys(paths, False)
    for (name, day, what), dies_after in steps:
        if name == "write":
            entries[day].exercise(book).write_bytes(what.encode())
            own[entries[day].exercise(book)] = True
            continue
        before = {path: path.read_bytes() for path in paths}

        run(partial(command, name, book, entries, day, courses[what]), dies_after)

        for path in paths:
            after = path.read_bytes()
            if name not in CHANGES:
                assert after == before[path], f"{name} changed {path.name}"
            if after != before[path] and own[path]:
                kept = [copy.read_bytes() for copy in drawer.kept(book, path)]
                assert before[path] in kept, f"{name} lost what was in {path.name}"
                own[path] = name == "upgrade"  # merged: what the student wrote is in it
        progress.days(book)  # readable whatever was killed
    shutil.rmtree(folder)


def command(name, book, entries, day, course):
    entry = entries[day]
    if name == "reset":
        desk.reset(book, entry)
    elif name == "catch-up":
        desk.catch_up(book, [entries[day] for day in DAYS])
    elif name == "upgrade":
        edition.upgrade(course, book)
    elif name == "hint":
        desk.next_hint(book, entry, None)
    elif name == "reveal":
        desk.answer(book, entry, give_up=True)
    elif name == "diff":
        desk.difference(book, entry, give_up=True)
    elif name == "export":
        progress.take_over(book, progress.export(book))
    else:
        progress.mark(book, day, best=50)


def run(action, dies_after):
    """In a process of its own, which ends like a killed one at its n-th change of a file."""
    child = os.fork()
    if child == 0:
        try:
            if dies_after is not None:
                die_at(dies_after)
            action()
        except BadInput:
            pass
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def die_at(number):
    """Count opening, syncing and moving of files; at the n-th there is no more of this process."""
    left = [number]

    def counted(made):
        def call(*values, **named):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
            return made(*values, **named)

        return call

    Path.open, Path.replace, os.fsync = counted(Path.open), counted(Path.replace), counted(os.fsync)
