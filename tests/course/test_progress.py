"""Progress is kept by day id, survives kills and garbage, and never forgets a better score."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.course import progress
from twitterlab.course.syllabus import entries
from twitterlab.course.verdict import DayGrade, Grade, Verdict
from twitterlab.course.workbook import Workbook, packaged


@pytest.fixture
def book(tmp_path):
    return Workbook(tmp_path, True)


def graded(day, earned, outcome="passed"):
    verdict = Verdict("check", 1, "claim", 100, earned, outcome, day=day)
    return Grade((DayGrade(day, "slot", "title", 100, (verdict,)),))


@given(scores=st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_the_best_score_is_kept(tmp_path_factory, scores):
    book = Workbook(tmp_path_factory.mktemp("book"), True)

    for score in scores:
        progress.record(book, graded("1.3", score))

    assert progress.best(book) == {"1.3": max(scores)}


def test_a_day_not_started_leaves_no_trace(book):
    progress.record(book, graded("1.1", 0, "not_started"))

    assert progress.best(book) == {}


@pytest.mark.parametrize(
    "garbage", ["", "{", "[]", "null", '{"days": []}', '{"days": {"1.1": 5}}', '{"days": {"1.1": {}}}', "\0"]
)
def test_a_corrupted_file_is_kept_aside(book, garbage):
    book.state.mkdir()
    for number in (1, 2):
        (book.state / "progress.json").write_text(garbage)
        progress.record(book, graded("1.1", 50))

        assert progress.best(book) == {"1.1": 50}
        assert (book.state / f"progress.json.corrupt-{number}").read_text() == garbage


def test_what_others_keep_in_the_file_stays(book):
    book.state.mkdir()
    kept = {"schema": 1, "days": {"1.1": {"best": 10, "points": 100, "hints": 2}}, "student": "Ada"}
    (book.state / "progress.json").write_text(json.dumps(kept))

    progress.record(book, graded("1.1", 70))

    document = json.loads((book.state / "progress.json").read_text())
    assert (document["student"], document["days"]["1.1"]) == ("Ada", {"best": 70, "points": 100, "hints": 2})


def test_next_is_the_first_day_without_all_its_points(book):
    days = entries(packaged())

    for day, earned in (("1.1", 100), ("1.2", 99), ("1.3", 100)):
        progress.record(book, graded(day, earned))

    assert progress.next_unfinished(book, days).day_id == "1.2"


def test_nothing_is_next_after_the_last(book):
    days = entries(packaged())

    for entry in days:
        progress.record(book, graded(entry.day_id, 100))

    assert progress.next_unfinished(book, days) is None


def test_no_draft_is_left_behind(book):
    progress.record(book, graded("1.1", 100))

    assert [path.name for path in book.state.iterdir()] == ["progress.json"]
