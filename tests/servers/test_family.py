"""A family of processes: a member that dies is started anew, and nobody outlives the parent."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
PROGRAM = """
import os, select, signal, sys
from twitterlab.servers.family import Family

def living(name):
    def main(lifeline):
        say(f"{name} {os.getpid()}")
        if name == "brief":
            return
        if name == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        select.select([lifeline], [], [])
    return main

def say(line):  # in one piece: several processes write to this pipe
    sys.stdout.write(line + "\\n")
    sys.stdout.flush()

Family({name: living(name) for name in sys.argv[1:]}, say).run()
say("over")
"""


@pytest.fixture
def family():
    """Starts a family; its output is the pipe that every member holds, so its end tells that all have gone."""
    started = []

    def start(*names):
        words = [sys.executable, "-c", PROGRAM, *names]
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def until(process, pattern):
    """Read lines up to one that matches."""
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"{pattern} never came")


def test_a_killed_member_is_started_anew_and_the_others_go_on(family):
    process = family("one", "two")
    pid = int(until(process, r"^one (\d+)")[1])

    os.kill(pid, signal.SIGKILL)

    assert int(until(process, r"one: process (\d+) ended \(signal 9\)")[1]) == pid
    told = {int(until(process, r"^one(?:: started anew as process)? (\d+)$")[1]) for _ in range(2)}
    assert len(told) == 1, "the parent's line and the child's own, in whichever order they come"
    assert told != {pid}
    process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    assert "two: process" not in rest
    assert rest.endswith("over\n")


def test_nobody_outlives_a_parent_that_was_killed(family):
    process = family("one", "two")
    until(process, r"^processes: one \d+, two \d+")

    process.kill()

    process.stdout.read()  # comes to an end only when the last member has gone


def test_who_ends_too_soon_waits_longer_each_time(family):
    process = family("brief")

    for _ in range(3):
        until(process, r"brief: process \d+ ended \(exit code 0\)")

    process.send_signal(signal.SIGINT)
    assert process.stdout.read().endswith("over\n")
    assert process.wait(30) == 0
