"""Parts from a workbook: loaded from their files, put together for a week, and counted while they run."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from itertools import takewhile
from pathlib import Path
from types import CodeType, ModuleType, coroutine
from typing import Any, Literal

from twitterlab.course import starters, syllabus
from twitterlab.course.note import NUMBERS, Note
from twitterlab.course.syllabus import Entry
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput
from twitterlab.parts import SLOTS, Slot

Whose = Literal["mine", "reference"]
MEND = "Mend it, then try again."


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts of a week and of those before it, by slot, and whose each is."""

    parts: dict[str, type]
    whose: dict[str, Whose]


def assemble(book: Workbook, week: int, mine: bool, note: Note | None = None) -> Assembled:
    """Every part up to `week`: the references, or with `mine` the exercises that were begun. `note` says which part
    is being loaded.

    BadInput for a week that is not there and for a part that cannot be loaded.
    """
    chosen = whose_parts(book, week, mine)
    parts: dict[str, type] = {}
    for entry in _entries_until(book, week):
        name = entry.slot.name
        if note is not None:
            note.words[0] = NUMBERS[name]
        parts[name] = load_part(entry.exercise(book) if chosen[name] == "mine" else entry.solution(book), entry.slot)
    if note is not None:
        note.words[0] = 0
    return Assembled(parts, chosen)


def whose_parts(book: Workbook, week: int, mine: bool) -> dict[str, Whose]:
    """Whose part fills each slot up to `week`; nothing is loaded. BadInput for a week that is not there."""
    syllabus.week(book, week)
    return {
        entry.slot.name: "mine" if mine and _is_begun(entry.exercise(book), entry.solution(book)) else "reference"
        for entry in _entries_until(book, week)
    }


def load_part(path: Path, slot: Slot) -> type:
    """The class for `slot` in the file at `path`, loaded afresh.

    BadInput with file and line when the file is missing, is not Python, fails as it is imported, or has
    no such class; the error itself is its cause.
    """
    code = _compile(path)
    module = ModuleType(f"{path.parent.name}.{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(code, vars(module))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        problem = f"{_where(path, _line(error, path))}: {type(error).__name__}: {error}"
        raise BadInput(problem, MEND) from error
    part = vars(module).get(slot.part)
    if not isinstance(part, type):
        what = "has no class" if part is None else "has something that is no class by the name of"
        raise BadInput(f"{_where(path)} {what} {slot.part}", f"Day {slot.day_id} is to write it.")
    return part


def counted(parts: Mapping[str, type], note: Note) -> dict[str, type]:
    """Subclasses of `parts` that count their calls in `note` and say there while they are running.

    A part's calls of its own methods are not counted. An asynchronous method is in call only while it
    runs, not while it waits.
    """
    slots = {slot.name: slot for slot in SLOTS}
    return {name: _counted(part, slots[name], note) for name, part in parts.items()}


def _entries_until(book: Workbook, week: int) -> Iterator[Entry]:
    return takewhile(lambda entry: entry.week.number <= week, syllabus.entries(book))


def _is_begun(exercise: Path, solution: Path) -> bool:
    if not exercise.is_file():
        return False
    starter = starters.starter(_read(solution), solution.name)
    return not starters.is_not_started(_read(exercise), starter)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{_where(path)} is missing", "`twitterlab dev starters` writes the exercises.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{_where(path)} cannot be read: {error}", MEND) from error


def _compile(path: Path) -> CodeType:
    try:
        return compile(_read(path), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BadInput(f"{_where(path, error.lineno)}: {error.msg}", MEND) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{_where(path)} is not Python: {error}", MEND) from error


def _where(path: Path, line: int | None = None) -> str:
    """`exercises/week1/day3_cache.py:12`."""
    name = "/".join(path.parts[-3:])
    return f"{name}:{line}" if line else name


def _line(error: BaseException, path: Path) -> int | None:
    """The last line of the part's own file that the error came through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None


def _counted(part: type, slot: Slot, note: Note) -> type:
    number, words = NUMBERS[slot.name], note.words
    wrapped: dict[str, Any] = {"__slots__": (), "__module__": part.__module__, "__doc__": part.__doc__}
    for name in ("__init__", *slot.methods):
        raw = inspect.getattr_static(part, name, None)
        if inspect.iscoroutinefunction(raw):
            wrapped[name] = _counted_async(raw, number, words)
        elif inspect.isfunction(raw):
            wrapped[name] = _counted_sync(raw, number, words, step=name != "__init__")
    return type(part)(part.__name__, (part,), wrapped)


def _counted_sync(method: Callable[..., Any], number: int, words: memoryview, step: int) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **options: Any) -> Any:
        before = words[0]
        if before == number:
            return method(*args, **options)
        words[number] += step
        words[0] = number
        try:
            return method(*args, **options)
        finally:
            words[0] = before

    return call


def _counted_async(
    method: Callable[..., Coroutine[Any, Any, Any]], number: int, words: memoryview
) -> Callable[..., Coroutine[Any, Any, Any]]:
    @wraps(method)
    async def call(*args: Any, **options: Any) -> Any:
        if words[0] != number:
            words[number] += 1
        return await _steps(method(*args, **options), number, words)

    return call


@coroutine
def _steps(running: Coroutine[Any, Any, Any], number: int, words: memoryview) -> Generator[Any, Any, Any]:
    """Drive a coroutine from wait to wait, and note each stretch between."""
    resume, value = running.send, None
    while True:
        before = words[0]
        words[0] = number
        try:
            waiting_for = resume(value)
        except StopIteration as done:
            return done.value
        finally:
            words[0] = before
        try:
            resume, value = running.send, (yield waiting_for)
        except BaseException as error:
            resume, value = running.throw, error
