"""Every day has one name, and all that belongs to it is found under that name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from twitterlab.course import syllabus
from twitterlab.course.workbook import packaged
from twitterlab.errors import BadInput
from twitterlab.parts import SLOTS

BOOK = packaged()
ENTRIES = syllabus.entries(BOOK)


def test_there_is_a_day_for_every_slot_of_a_week_that_is_there():
    there = {week.number for week in syllabus.weeks(BOOK)}

    assert [entry.day_id for entry in ENTRIES] == [slot.day_id for slot in SLOTS if slot.week in there]
    assert [entry.slot for entry in ENTRIES] == [slot for slot in SLOTS if slot.week in there]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.stem)
def test_what_belongs_to_a_day_is_there(entry):
    assert entry.solution(BOOK).is_file()
    assert entry.exercise(BOOK).name == entry.solution(BOOK).name == f"{entry.stem}.py"
    assert entry.lesson(BOOK).is_file()
    looks = vars(syllabus.load(BOOK, entry.checks_module)).values()
    infos = [look.check for look in looks if hasattr(look, "check")]
    assert sum(info.points for info in infos) == entry.points == 100
    assert {BOOK.root / info.read.partition("#")[0] for info in infos} == {entry.lesson(BOOK)}


@pytest.mark.parametrize(
    "text", ["1.3", "cache", "Cache", " day3_cache ", str(BOOK.exercises / "week1" / "day3_cache.py")]
)
def test_a_day_has_many_names(text):
    (entry,) = syllabus.resolve(BOOK, text)

    assert entry.stem == "day3_cache"


def test_an_exercise_is_named_by_a_path_from_where_we_are(monkeypatch):
    monkeypatch.chdir(BOOK.root / "weeks")

    (entry,) = syllabus.resolve(BOOK, str(Path("..", "exercises", "week1", "day3_cache.py")))

    assert entry.day_id == "1.3"


@pytest.mark.parametrize("text", ["1", "week1", "Week1"])
def test_a_week_names_its_days(text):
    assert syllabus.resolve(BOOK, text) == tuple(entry for entry in ENTRIES if entry.week.number == 1)


def test_all_names_every_day():
    assert syllabus.resolve(BOOK, "all") == ENTRIES


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("cahce", "Did you mean cache?"),
        ("day3_cash", "Did you mean day3_cache?"),
        ("exercises/week1/day3_cach.py", "Did you mean day3_cache?"),
        ("1.33", "Did you mean 1.3?"),
        ("99", "`twitterlab weeks`"),
        ("", "`twitterlab weeks`"),
    ],
)
def test_what_names_no_day_is_bad_input_with_the_nearest_name(text, hint):
    with pytest.raises(BadInput) as refused:
        syllabus.resolve(BOOK, text)

    assert hint in refused.value.next_step


def test_a_week_that_is_not_there_is_bad_input():
    assert syllabus.week(BOOK, 1).number == 1
    with pytest.raises(BadInput, match="there is no week 77"):
        syllabus.week(BOOK, 77)


def test_a_week_is_that_of_the_workbook_asked_for(tmp_path):
    program = """
        from pathlib import Path
        import sys
        from twitterlab.course import syllabus
        from twitterlab.course.workbook import Workbook, packaged

        other = Workbook(Path(sys.argv[1]), True)
        for book in (packaged(), other, packaged()):
            found = [week.title for week in syllabus.weeks(book)]
            print(found[0], len(found))
    """
    for number in (1, 2, 10):
        folder = tmp_path / "weeks" / f"week{number}"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(
            f"from twitterlab.model.week import Week\nWEEK = Week({number}, 'Other {number}', '', 1, (), {{}})\n"
        )
    (tmp_path / "weeks" / "__init__.py").touch()
    (tmp_path / "weeks" / "week3").mkdir()  # no week: it has no __init__.py

    answer = subprocess.run(
        [sys.executable, "-c", dedent(program), str(tmp_path)], capture_output=True, text=True, timeout=60
    )

    assert answer.stderr == ""
    mine = f"Core MVP {len(syllabus.weeks(BOOK))}"
    assert answer.stdout.splitlines() == [mine, "Other 1 3", mine]
