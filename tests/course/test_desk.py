"""What a student does with one day: nothing they wrote is ever lost, nothing borrowed counts as earned."""

from __future__ import annotations

import pytest

from twitterlab.course import desk, drawer, edition, hints, progress, syllabus, workbook
from twitterlab.course.grader import grade
from twitterlab.errors import BadInput


@pytest.fixture
def book(tmp_path):
    return edition.init(workbook.packaged(), tmp_path / "book")


def entry_of(book, day):
    (entry,) = syllabus.resolve(book, day)
    return entry


def test_every_day_has_three_hints_and_none_says_more_than_a_page(book):
    for entry in syllabus.entries(book):
        texts = hints.levels(book, entry)
        assert len(texts) == hints.LEVELS
        assert all(80 < len(text) < 1_200 for text in texts)


def test_each_hint_asked_for_is_the_next_one_and_is_remembered(book):
    entry = entry_of(book, "cache")

    shown = [desk.next_hint(book, entry, None)[0] for _ in range(4)]

    assert shown == [1, 2, 3, 3]
    assert desk.standing(book, entry).hints == 3


def test_reset_keeps_what_was_written(book):
    entry = entry_of(book, "1.1")
    path = entry.exercise(book)
    path.write_text("# an hour of work\n")

    copy = desk.reset(book, entry)

    assert copy is not None and copy.read_text() == "# an hour of work\n"
    assert path.read_text() == desk.starter_of(book, entry)
    assert desk.reset(book, entry) is None
    assert drawer.kept(book, path) == [copy]


def test_the_answer_is_shown_only_when_done_or_given_up(book):
    entry = entry_of(book, "1.5")
    with pytest.raises(BadInput):
        desk.answer(book, entry, give_up=False)

    assert "END SOLUTION" in desk.answer(book, entry, give_up=True)

    assert desk.standing(book, entry).is_given_up


def test_the_reference_after_catching_up_earns_nothing_until_it_is_ones_own(book):
    entry = entry_of(book, "1.1")
    (caught,) = desk.catch_up(book, [entry])
    desk.record(book, [entry], grade(book, [entry]))
    assert (caught.day_id, desk.standing(book, entry).best) == ("1.1", 0)

    path = entry.exercise(book)
    path.write_text(path.read_text().replace("def next_id", "my_own = True\n\n    def next_id"))
    desk.record(book, [entry], grade(book, [entry]))

    assert desk.standing(book, entry).best == 100


def test_catching_up_leaves_what_was_begun(book):
    first, second = entry_of(book, "1.1"), entry_of(book, "1.2")
    first.exercise(book).write_text("begun = True\n")

    assert desk.catch_up(book, [first, second]) == [second]

    assert first.exercise(book).read_text() == "begun = True\n"


def test_progress_moves_to_another_machine_and_the_better_score_stays(book, tmp_path):
    other = edition.init(workbook.packaged(), tmp_path / "other")
    progress.mark(book, "1.1", best=80, points=100, hints=1)
    progress.mark(other, "1.1", best=60, points=100)
    progress.mark(other, "1.2", best=100, points=100)

    assert progress.take_over(other, progress.export(book)) == 1

    assert progress.best(other) == {"1.1": 80, "1.2": 100}
    assert progress.days(other)["1.1"]["hints"] == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"days": 3}', '{"days": {"1.1": {}}}', "\0"])
def test_what_is_no_progress_is_refused_and_changes_nothing(book, text):
    progress.mark(book, "1.1", best=80)
    with pytest.raises(BadInput):
        progress.take_over(book, text)
    assert progress.best(book) == {"1.1": 80}
