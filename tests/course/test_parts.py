"""A part is loaded or the reader is told the line; a week is put together; what runs is counted."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.course import starters, syllabus
from twitterlab.course.note import Note
from twitterlab.course.parts import assemble, counted, load_part
from twitterlab.course.workbook import Workbook, packaged
from twitterlab.errors import BadInput
from twitterlab.parts import SLOTS, Slot
from twitterlab.parts.blueprint import Blueprint

SLOT = Slot("meter", 1, 5, "LatencyMeter", "Meter", "NoMeter", ("record", "quantile", "merge"), "platform.gateway")


def written(folder, source):
    path = folder / "exercises" / "week1" / "day5_meter.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def test_a_part_is_loaded_afresh_from_its_file(tmp_path):
    path = written(
        tmp_path,
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass(slots=True)\nclass LatencyMeter:\n    count: int = 0\n",
    )

    first, second = load_part(path, SLOT), load_part(path, SLOT)

    assert first is not second
    assert dataclasses.asdict(first(3)) == {"count": 3}
    assert inspect.getsourcefile(first) == str(path)


BROKEN = {
    "syntax": ("x = 1\nclass LatencyMeter(:\n    pass\n", r"exercises/week1/day5_meter\.py:2: invalid syntax"),
    "import": ("\nimport nothing_of_that_name\n", r"day5_meter\.py:2: ModuleNotFoundError: No module named"),
    "error": ("def f():\n    return 1 / 0\nf()\n", r"day5_meter\.py:2: ZeroDivisionError: division by zero"),
    "exit": ("raise SystemExit(3)\n", r"day5_meter\.py:1: SystemExit: 3"),
    "no class": ("class Meter:\n    pass\n", r"exercises/week1/day5_meter\.py has no class LatencyMeter"),
    "not a class": ("LatencyMeter = 7\n", r"has something that is no class by the name of LatencyMeter"),
    "null byte": ("x = '\0'\n", r"day5_meter\.py"),
    "empty": ("", r"has no class LatencyMeter"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_loaded_is_one_line_with_file_and_line(tmp_path, case):
    source, says = BROKEN[case]

    with pytest.raises(BadInput, match=says) as refused:
        load_part(written(tmp_path, source), SLOT)

    assert "\n" not in str(refused.value)
    assert refused.value.next_step


def test_a_file_that_is_missing_or_no_text_is_bad_input(tmp_path):
    path = written(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="cannot be read"):
        load_part(path, SLOT)
    path.unlink()
    with pytest.raises(BadInput, match="is missing"):
        load_part(path, SLOT)


@pytest.fixture
def book(tmp_path):
    """A workbook with untouched exercises."""
    original = packaged()
    for room in ("weeks", "solutions"):
        shutil.copytree(original.root / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    book = Workbook(tmp_path, True)
    starters.write(book, starters.differing(book), overwrite=False)
    return book


def cache(book):
    return next(entry for entry in syllabus.entries(book) if entry.slot.name == "cache")


def test_references_stand_in_for_what_was_not_started(book):
    entry = cache(book)
    entry.exercise(book).write_text(entry.solution(book).read_text() + "IS_MINE = True\n")
    (book.exercises / "week1" / "day5_meter.py").unlink()

    assembled = assemble(book, 1, mine=True)

    assert assembled.whose == {
        slot.name: "mine" if slot.name == "cache" else "reference" for slot in SLOTS if slot.week == 1
    }
    for slot in (slot for slot in SLOTS if slot.week == 1):
        folder = book.exercises if slot.name == "cache" else book.solutions
        assert inspect.getsourcefile(assembled.parts[slot.name]) == str(folder / slot.file)


def test_without_mine_exercises_are_not_even_read(book):
    cache(book).exercise(book).write_text("def (")

    assert set(assemble(book, 1, mine=False).whose.values()) == {"reference"}
    with pytest.raises(BadInput, match=r"exercises/week1/day3_cache\.py:1: "):
        assemble(book, 1, mine=True)


def test_a_week_has_the_parts_of_all_weeks_up_to_it(book):
    for number, slot in ((1, "meter"), (2, "cache")):
        (book.weeks / f"week{number}").mkdir(exist_ok=True)
        (book.weeks / f"week{number}" / "__init__.py").write_text(
            "from twitterlab.model.week import Day, Week\n"
            f"WEEK = Week({number}, 'Small', '', 1, (Day('{slot}', 'alone'),), {{}})\n"
        )

    assert set(assemble(book, 1, mine=False).parts) == {"meter"}
    assert set(assemble(book, 2, mine=False).parts) == {"meter", "cache"}
    with pytest.raises(BadInput, match="there is no week 3"):
        assemble(book, 3, mine=False)


class Meter:
    """Calls itself, is called back, breaks."""

    def __init__(self, seen, note):
        self.seen, self.note = seen, note
        seen.append(("made", note.in_call()))

    def record(self, value, callback=None):
        self.seen.append((value, self.note.in_call()))
        return callback() if callback else value

    def quantile(self, q):
        return self.record(self.record(q))

    def merge(self, other):
        raise ValueError(other)


def test_a_call_is_counted_and_noted_while_it_runs_and_no_longer():
    note, seen = Note(), []
    meter = counted({"meter": Meter}, note)["meter"](seen, note)
    counted({"snowflake": Meter}, note)["snowflake"](seen, note)

    assert isinstance(meter, Meter)
    assert note.in_call() is None
    assert meter.record(1, callback=lambda: note.in_call()) == "meter"
    assert meter.quantile(0.5) == 0.5
    with pytest.raises(ValueError, match="boom"):
        meter.merge("boom")

    assert note.in_call() is None
    assert seen == [("made", "meter"), ("made", "snowflake"), (1, "meter"), (0.5, "meter"), (0.5, "meter")]
    assert {slot: n for slot, n in note.calls().items() if n} == {"meter": 3}, "its calls of itself do not count"


def test_a_part_called_from_inside_another_is_in_call_itself_and_then_the_other_again():
    note, seen = Note(), []
    made = counted({"meter": Meter, "cache": _Caching}, note)
    inner, outer = made["meter"](seen, note), made["cache"]()

    places = asyncio.run(outer.get(lambda: inner.record(5), note))

    assert places == ["cache", 5, "cache"]
    assert seen[-1] == (5, "meter")
    assert (note.calls()["cache"], note.calls()["meter"]) == (1, 1)


class _Caching:
    async def get(self, call, note):
        return [note.in_call(), call(), note.in_call()]


class _Waiting:
    """Waits a few times, and tells what it saw; a cancelled wait is seen too."""

    async def get(self, waits, note, seen):
        try:
            for wait in waits:
                seen.append(note.in_call())
                seen.append(await wait)
        except BaseException as error:
            seen.append(type(error))
            seen.append(note.in_call())
            raise
        return "done"

    work = get


def test_a_part_awaited_from_inside_another_gives_the_note_back():
    async def scene():
        note, seen = Note(), []
        made = counted({"queue": _Waiting, "cache": _Waiting}, note)
        inner = made["cache"]().get([asyncio.sleep(0), asyncio.sleep(0)], note, seen)
        await made["queue"]().work([inner, asyncio.sleep(0)], note, seen)
        return seen

    assert asyncio.run(scene()) == ["queue", "cache", None, "cache", None, "done", "queue", None]


def test_an_asynchronous_call_is_noted_while_it_runs_not_while_it_waits():
    async def scene():
        note, seen = Note(), []
        part = counted({"cache": _Waiting}, note)["cache"]()
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(3)]
        call = asyncio.create_task(part.get(futures, note, seen))
        await asyncio.sleep(0)

        assert note.in_call() is None
        futures[0].set_result("first")
        await asyncio.sleep(0)
        assert note.in_call() is None
        futures[1].set_exception(KeyError("second"))
        with pytest.raises(KeyError):
            await call
        assert note.in_call() is None
        assert seen == ["cache", "first", "cache", KeyError, "cache"]
        assert note.calls()["cache"] == 1

    asyncio.run(scene())


def test_a_cancelled_call_is_told_so_inside_the_part():
    async def scene():
        note, seen = Note(), []
        part = counted({"cache": _Waiting}, note)["cache"]()
        call = asyncio.create_task(part.get([asyncio.get_running_loop().create_future()], note, seen))
        await asyncio.sleep(0)
        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call
        assert seen == ["cache", asyncio.CancelledError, "cache"]
        assert note.in_call() is None

    asyncio.run(scene())


@given(st.integers(2, 6), st.integers(0, 2**32))
def test_many_calls_at_once_are_all_counted_and_nobody_is_left_in_call(callers, seed):
    async def scene():
        note = Note()
        part = counted({"cache": _Waiting}, note)["cache"]()
        sleeps = [[asyncio.sleep(0) for _ in range(seed >> (4 * n) & 7)] for n in range(callers)]
        assert await asyncio.gather(*(part.get(waits, note, []) for waits in sleeps)) == ["done"] * callers
        assert note.calls()["cache"] == callers
        assert note.in_call() is None

    asyncio.run(scene())


def test_the_references_work_counted():
    note = Note()
    parts = counted(assemble(packaged(), 1, mine=False).parts, note)
    blueprint = Blueprint(**parts)

    blueprint.snowflake(1).next_id(1_700_000_000_000)
    meter = blueprint.meter()
    meter.record(5.0)
    meter.signals(1.0)

    assert blueprint.schema().queries().like.startswith("INSERT")
    assert {slot: n for slot, n in note.calls().items() if n} == {"snowflake": 1, "schema": 1, "meter": 2}
