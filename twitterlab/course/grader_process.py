"""One child process of the grader: started clean, heard through one signed pipe, ended with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from twitterlab.course.channel import Message, Receiver, new_key
from twitterlab.course.diagnosis import source_line

LINE_BYTES = 1_000_000
"""A longer line on the pipe is not ours."""
CHILD = "twitterlab.course.grader_child"


class GraderProcess:
    """A child in its own session, in an empty folder, without our environment and open files."""

    def __init__(
        self, request: dict[str, Any] | None, seed: int, child: str = CHILD, ahead: Sequence[str] = ()
    ) -> None:
        """Start a child and send it `request`; with None it waits for `ask`. `ahead`: a folder, and the modules in it
        that the child imports while it waits."""
        self._folder = Path(tempfile.mkdtemp(prefix="twitterlab-check-"))
        self._complaints = self._folder / "stderr"
        work = self._folder / "work"
        work.mkdir()
        self._heard: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        with self._complaints.open("ab") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", child, *ahead],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=work,
                env=_environment(work, seed),
                start_new_session=True,
            )
        self.is_asked = False
        if request is not None:
            self.ask(request)

    def ask(self, request: dict[str, Any]) -> None:
        """Send what is to be done. Once a child. The pipe stays open: when it closes, the child ends."""
        assert self._process.stdin is not None and not self.is_asked
        self.is_asked = True
        key = new_key()
        with contextlib.suppress(OSError):  # a child that died at once says so later
            self._process.stdin.write(json.dumps({**request, "key": key.hex()}).encode() + b"\n")
            self._process.stdin.flush()
        threading.Thread(target=self._listen, args=(Receiver(key),), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def hear(self, wall_s: float) -> Message | None:
        """The next message, None once the child is gone. TimeoutError after `wall_s` seconds of silence."""
        try:
            return self._heard.get(timeout=wall_s)
        except queue.Empty:
            raise TimeoutError from None

    def end(self) -> int:
        """Kill the child and all of its group; its exit code, negative for the signal that had ended it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.05 if self._heard.empty() else 0)
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        return self._process.wait()

    def where(self, path: Path) -> str:
        """The line of the file at `path` that runs now: the child's interpreter is asked by a signal."""
        if not hasattr(signal, "SIGUSR1"):
            return ""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGUSR1)
        for _ in range(50):
            if line := self.last_words(path):
                return line
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
        return ""

    def last_words(self, path: Path) -> str:
        """The deepest line of the file at `path` in what the child's interpreter wrote last, if it did."""
        for file, number in re.findall(r'File "(.+)", line (\d+) in ', self.complaint()):
            if file == str(path):
                return source_line(path, int(number))
        return ""

    def complaint(self) -> str:
        """The end of what the child wrote to its standard error."""
        with self._complaints.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 8_000))
            return file.read().decode(errors="replace")

    def _listen(self, receiver: Receiver) -> None:
        assert self._process.stdout is not None
        rest, pipe = b"", self._process.stdout.fileno()
        with contextlib.suppress(OSError, ValueError):
            while chunk := os.read(pipe, 65_536):
                *lines, rest = (rest + chunk).split(b"\n")
                rest = rest if len(rest) < LINE_BYTES else b""
                for line in lines:
                    if message := receiver.message(line):
                        self._heard.put(message)
        self._heard.put(None)


def _environment(folder: Path, seed: int) -> dict[str, str]:
    """All the child may know of ours: where it may write, and what makes runs repeat."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    ours = Path(__file__).parents[2]
    if ours.name != "site-packages":  # a source tree: the child runs the same one
        kept["PYTHONPATH"] = str(ours)
    return {
        **kept,
        **dict.fromkeys(("HOME", "TMPDIR", "TEMP"), str(folder)),
        "PYTHONHASHSEED": str(seed),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",  # a numpy on 64 cores reserves more memory than the limit
    }
