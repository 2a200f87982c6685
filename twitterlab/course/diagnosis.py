"""From an exception of a check to what a student reads: expected, happened, counterexample, line."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from twitterlab.course.checks import CheckFailed
from twitterlab.course.verdict import Outcome

TEXT_CHARS = 1_000
TRACED_STEPS = 2_000_000
"""A check is run again to find the student's last line, but not for longer than this many steps."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What went wrong in a check."""

    outcome: Outcome
    expected: str = ""
    happened: str = ""
    counterexample: str = ""
    line: str = ""


def diagnose(error: BaseException, path: Path | None) -> Diagnosis:
    """What `error`, raised by a check of the part at `path`, says to the student."""
    error = _innermost(error)
    line = _line(error, path)
    if isinstance(error, MemoryError):
        return Diagnosis("memory", line=line)
    if isinstance(error, CheckFailed):
        example = error.counterexample or _example(error)
        return Diagnosis("failed", clip(error.expected), clip(error.happened), clip(example), line)
    return Diagnosis("error", happened=clip(_what(error)), counterexample=clip(_example(error)), line=line)


def clip(text: object) -> str:
    """`text`, of which a screen is enough."""
    words = str(text)
    return words if len(words) <= TEXT_CHARS else f"{words[:TEXT_CHARS]}… ({len(words):,} characters)"


def source_line(path: Path, number: int) -> str:
    """Line `number` of a part as `file:line: source`."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    source = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"{'/'.join(path.parts[-3:])}:{number}: {clip(source)}"


def last_line(run: Callable[[], Any], path: Path) -> str:
    """Run once more and name the last line of the file at `path` that was run before an exception."""
    tracer = _LastLine(str(path))
    before = sys.gettrace()
    sys.settrace(tracer.enter)
    try:
        run()
    except BaseException:  # whatever ended the check the first time
        return source_line(path, tracer.line) if tracer.line else ""
    finally:
        sys.settrace(before)
    return ""


class _LastLine:
    """A trace function that remembers where in one file the program was last."""

    def __init__(self, file: str) -> None:
        self.line = 0
        self._file = file
        self._steps = 0

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._count()
        return self._in_file if frame.f_code.co_filename == self._file else None

    def _in_file(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._count()
        self.line = frame.f_lineno
        return self._in_file

    def _count(self) -> None:
        self._steps += 1
        if self._steps > TRACED_STEPS:
            raise _TooLong


class _TooLong(BaseException):
    """The second run is given up."""


def _innermost(error: BaseException) -> BaseException:
    """The first error of a group: hypothesis and task groups wrap what matters."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _line(error: BaseException, path: Path | None) -> str:
    if path is None:
        return ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return source_line(path, frames[-1].lineno or 0) if frames else ""


def _example(error: BaseException) -> str:
    """The shrunk example that hypothesis attaches, without its heading."""
    for note in getattr(error, "__notes__", ()):
        heading, _, example = str(note).partition(":")
        if heading.startswith("Falsifying example"):
            return " ".join(example.split()).replace("( ", "(").replace(",)", ")")
    return ""


def _what(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the part asked to end the process (SystemExit {error.code})"
    words = str(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
