"""From saving an exercise to its verdict in `twitterlab watch`, driven in a pseudo-terminal.

Measured on two cores, nothing else running: see docs/evidence. Run with `pytest tests/benchmarks/test_watch.py -s`.
"""

from __future__ import annotations

import os
import select
import sys

import pytest

from twitterlab.course import syllabus
from twitterlab.course.workbook import packaged
from twitterlab.world.live import stopwatch_ns

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal, which this system has not")
pytestmark = pytest.mark.slow
DAYS = [entry.day_id for entry in syllabus.entries(packaged())]
PATIENCE_S = 60
READY = b"q quit"


class Watched:
    """`twitterlab watch DAY` in a terminal of its own."""

    def __init__(self, book, day):
        (self.entry,) = syllabus.resolve(book, day)
        self.path, self.solution = self.entry.exercise(book), self.entry.solution(book).read_text()
        self.child, self._terminal = pty.fork()
        if self.child == 0:
            os.chdir(book.root)
            os.environ.update(TERM="xterm", COLUMNS="100", LINES="40")
            os.execv(sys.executable, [sys.executable, "-m", "twitterlab", "watch", day])
        self.shown()

    def shown(self):
        """What is on the screen when a check is over."""
        said = b""
        while READY not in said:
            assert select.select([self._terminal], [], [], PATIENCE_S)[0], said
            said += os.read(self._terminal, 65_536)
        return said

    def save(self, number):
        """Save the solution with another comment; what the screen says then."""
        self.path.write_text(f"{self.solution}\n# {number}\n")
        return self.shown()

    def quit(self):
        os.write(self._terminal, b"q")
        assert os.waitpid(self.child, 0)[1] == 0
        os.close(self._terminal)


@pytest.mark.parametrize("day", DAYS)
def test_edit_to_verdict(benchmark, book, day):
    watched = Watched(book, day)
    numbers = iter(range(1_000))

    def pause():
        """The student thinks: the next child has time to warm up."""
        select.select([], [], [], 1.5)
        return (next(numbers),), {}

    said = benchmark.pedantic(watched.save, setup=pause, rounds=5)
    watched.quit()

    assert b"100 of 100" in said
    if benchmark.disabled:  # several tests at once: there is no time to compare
        return
    started_ns = stopwatch_ns()
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-m", "twitterlab", "--version"])
    version_s = (stopwatch_ns() - started_ns) / 1e9
    benchmark.extra_info["of `twitterlab --version`"] = round(benchmark.stats.stats.median / version_s, 2)
