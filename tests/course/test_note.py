"""What stands in the note is seen by another process, while it is written and after its writer was killed."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

from twitterlab.course.note import Note

CHILD = dedent("""
    import os, sys
    from pathlib import Path
    from twitterlab.course.note import NUMBERS, Note

    with Note(Path(sys.argv[1])) as note:
        note.words[NUMBERS["cache"]] = 2**40 + 1
        note.words[0] = NUMBERS["queue"]
        print("written", flush=True)
        sys.stdin.read()
""")


def test_a_new_note_is_empty(tmp_path):
    for note in (Note(), Note(tmp_path / "note")):
        assert note.in_call() is None
        assert set(note.calls().values()) == {0}
        note.close()


def test_another_process_reads_it_also_when_the_writer_was_killed(tmp_path):
    path = tmp_path / "note"
    with (
        Note(path) as note,
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child,
    ):
        assert child.stdout.readline().strip() == b"written"

        assert note.in_call() == "queue"
        child.kill()
        child.wait()
        assert note.in_call() == "queue"
        assert {slot: calls for slot, calls in note.calls().items() if calls} == {"cache": 2**40 + 1}
