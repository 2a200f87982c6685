"""Editions: a newer course comes in, the student's work stays."""

from __future__ import annotations

import pytest

from twitterlab.course import edition, starters, workbook
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput


@pytest.fixture
def course(tmp_path):
    """A course that can be changed: what a wheel carries."""
    written = edition.init(workbook.packaged(), tmp_path / "course")
    return Workbook(written.root, is_own=False)


@pytest.fixture
def book(course, tmp_path):
    return edition.init(course, tmp_path / "book")


def changed(book, course):
    return {str(change.path.relative_to(book.root)): change.what for change in edition.upgrade(course, book)}


def test_a_new_workbook_has_starters_lessons_and_nothing_begun(book):
    assert starters.differing(book) == {}
    assert (book.docs / "week1" / "day1-snowflake.md").is_file()
    assert workbook.find(book.exercises / "week1").root == book.root


def test_a_folder_with_something_in_it_is_left_alone(course, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(BadInput):
        edition.init(course, tmp_path / "full")
    with pytest.raises(BadInput):
        edition.init(course, course.root)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_the_same_edition_again_changes_nothing(book, course):
    (book.exercises / "week1" / "day1_snowflake.py").write_text("mine = True\n")
    assert changed(book, course) == {}


def test_a_new_hint_in_a_starter_reaches_an_exercise_that_was_begun_elsewhere(book, course):
    mine = book.exercises / "week1" / "day1_snowflake.py"
    mine.write_text(mine.read_text() + "\n\nmine = True\n")
    solution = course.solutions / "week1" / "day1_snowflake.py"
    solution.write_text(
        solution.read_text().replace('"""One machine\'s source of ids.', '"""The source of ids of one machine.')
    )

    assert changed(book, course)["exercises/week1/day1_snowflake.py"] == "merged"

    assert "The source of ids of one machine." in mine.read_text()
    assert "mine = True" in mine.read_text()


def test_the_same_place_changed_on_both_sides_stays_as_the_student_wrote_it(book, course):
    mine = book.exercises / "week1" / "day1_snowflake.py"
    text = mine.read_text().replace("One machine's source of ids.", "My ids.")
    mine.write_text(text)
    solution = course.solutions / "week1" / "day1_snowflake.py"
    solution.write_text(solution.read_text().replace("One machine's source of ids.", "Their ids."))

    (change,) = [change for change in edition.upgrade(course, book) if change.what == "conflict"]

    assert mine.read_text() == text
    assert change.copy is not None and "Their ids." in change.copy.read_text()


def test_what_belongs_to_the_course_is_replaced_after_a_copy(book, course):
    lesson = book.docs / "week1" / "index.md"
    lesson.write_text("my notes")
    (course.docs / "week1" / "index.md").write_text("a better lesson")

    (change,) = edition.upgrade(course, book)

    assert lesson.read_text() == "a better lesson"
    assert change.copy is not None and change.copy.read_text() == "my notes"


def test_an_upgrade_that_died_half_way_is_finished_by_the_next(book, course, monkeypatch):
    for number in (1, 2, 3):
        path = course.docs / "week1" / f"new{number}.md"
        path.write_text(f"lesson {number}")
    put, written = edition.drawer.put, []

    def dying(path, content):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)
        put(path, content)

    monkeypatch.setattr(edition.drawer, "put", dying)
    with pytest.raises(KeyboardInterrupt):
        edition.upgrade(course, book)
    monkeypatch.setattr(edition.drawer, "put", put)

    edition.upgrade(course, book)

    assert [(book.docs / "week1" / f"new{number}.md").read_text() for number in (1, 2, 3)] == [
        "lesson 1",
        "lesson 2",
        "lesson 3",
    ]
