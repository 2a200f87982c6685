"""From an exception of a check to what a student reads: expected, happened, counterexample, line."""

from __future__ import annotations

import re
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
        line = line or _line_about(error.about, path)
        return Diagnosis("failed", clip(error.expected), clip(error.happened), clip(example), line)
    example = _example(error) or _call(error, path)
    is_empty = isinstance(error, NotImplementedError)
    expected = "code of yours in this place" if is_empty else "no exception but those the laws name"
    return Diagnosis("error", expected, clip(_what(error)), clip(example), line)


def clip(text: object) -> str:
    """`text`, of which a screen is enough."""
    try:
        words = str(text)
    except Exception as error:  # the part's own __str__ or __repr__
        words = f"a {type(text).__name__} that cannot be shown ({type(error).__name__})"
    words = plain(words)
    words = re.sub(r" at 0x[0-9a-fA-F]+", "", words)  # an address tells nothing and differs from run to run
    return words if len(words) <= TEXT_CHARS else f"{words[:TEXT_CHARS]}… ({len(words):,} characters)"


def plain(text: str) -> str:
    """`text` without what a terminal would obey."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "?", text)


def source_line(path: Path, number: int) -> str:
    """Line `number` of a part as `file:line: source`."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    source = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"{short_name(path)}:{number}: {clip(source)}"


def short_name(path: Path) -> str:
    """A part's path from the root of its workbook, as one clicks it."""
    return "/".join(path.parts[-3:])


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
        if event == "line":  # a coroutine of an earlier run that is collected now has calls and exceptions, no lines
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


def _line_about(about: str, path: Path | None) -> str:
    """The first line of the part that `about` is found in."""
    if path is None or not about:
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((source_line(path, number) for number, line in enumerate(lines, 1) if re.search(about, line)), "")


def _example(error: BaseException) -> str:
    """The shrunk example that hypothesis attaches, without its heading."""
    for note in getattr(error, "__notes__", ()):
        heading, _, example = str(note).partition(":")
        if heading.startswith("Falsifying example"):
            return " ".join(example.split()).replace("( ", "(").replace(", )", ")")
    return ""


def _call(error: BaseException, path: Path | None) -> str:
    """The call of the part that raised, with its arguments, from its outermost frame."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    if not frames or frames[0].f_code.co_name == "<module>":
        return ""
    code, values = frames[0].f_code, frames[0].f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    arguments = ", ".join(f"{name}={clip(_Shown(values[name]))}" for name in names if name in values and name != "self")
    return f"{code.co_name}({arguments})"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A value whose text is its repr."""

    value: object

    def __str__(self) -> str:
        return repr(self.value)


def _what(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the part asked to end the process (SystemExit {error.code})"
    words = clip(error)
    if isinstance(error, NotImplementedError):
        return f"this is not written yet: {words}" if words else "this is not written yet"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
