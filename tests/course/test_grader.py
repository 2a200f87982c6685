"""A grade is the points of the laws that were kept, and each verdict says why."""

from __future__ import annotations

import pytest

from twitterlab.course import syllabus
from twitterlab.course.grader import grade
from twitterlab.course.syllabus import resolve
from twitterlab.course.workbook import packaged
from twitterlab.errors import BadInput


def test_untouched_exercises_are_not_started_and_nothing_is_run(book):
    days = syllabus.entries(book)
    found = grade(book, days)

    assert (found.earned, found.points, found.is_full) == (0, 100 * len(days), False)
    assert [verdict.outcome for day in found.days for verdict in day.verdicts] == ["not_started"] * len(days)


@pytest.mark.slow
@pytest.mark.parametrize("week", [week.number for week in syllabus.weeks(packaged())])
def test_the_solutions_of_a_week_earn_all_of_its_500_points(book, week):
    found = grade(book, resolve(book, str(week)), whose="solutions")

    assert (found.earned, found.points, found.is_full) == (500, 500, True)


def test_null_parts_earn_nothing(book):
    assert grade(book, syllabus.entries(book), whose="null").earned == 0


def test_verdicts_come_one_by_one_in_the_order_of_the_days(book, solve):
    solve("1.2")
    heard = []

    found = grade(book, syllabus.entries(book)[:3], on_verdict=heard.append)

    assert heard == [verdict for day in found.days for verdict in day.verdicts]
    assert [verdict.day for verdict in heard] == ["1.1", *["1.2"] * 9, "1.3"]


MISTAKES = {
    "1.1": ("a_full_millisecond_waits", "return Wait(self._last_ms + 1)", "self._sequence = 0"),
    "1.2": ("constraints_hold", "COLLATE NOCASE", ""),
    "1.3": (
        "nothing_outlives_its_lifetime",
        'pipe.lpushx(key, b"+" + member)',
        'pipe.lpushx(key, b"+" + member)\n                pipe.expire(key, 900)',
    ),
    "1.4": ("retries_back_off", "longest_ms / 2 + self._chance.random() * (longest_ms // 2)", "longest_ms"),
    "1.5": ("merging_is_recording", "self._buckets[index] += count", "self._buckets[index] = count"),
}


@pytest.mark.parametrize(("day_id", "mistake"), MISTAKES.items())
def test_a_mistake_costs_the_points_of_its_law_and_no_others(book, solve, day_id, mistake):
    check, old, new = mistake
    found = grade(book, [solve(day_id, old, new)]).days[0]

    assert [verdict.check for verdict in found.verdicts if verdict.outcome != "passed"] == [check]
    assert found.earned == 100 - next(verdict.points for verdict in found.verdicts if verdict.check == check)
    assert all(verdict.earned in (0, verdict.points) for verdict in found.verdicts)


def test_a_part_hears_what_was_expected_what_happened_and_where(book, solve):
    entry = solve("1.1", "return Wait(self._last_ms + 1)", "self._sequence = 0")

    (verdict,) = (v for v in grade(book, [entry]).days[0].verdicts if v.outcome != "passed")

    assert (verdict.check, verdict.law, verdict.points, verdict.earned) == ("a_full_millisecond_waits", 3, 20, 0)
    assert verdict.expected == "Wait(until_ms=1288835974658)"
    assert verdict.happened.startswith("the answer was 4194304004096, an id it had made before")
    assert verdict.counterexample.startswith("next_id(1288835974657) for the 4,097th time")
    assert verdict.line.startswith("exercises/week1/day1_snowflake.py:")
    assert verdict.line.endswith(": return made")
    assert verdict.read == "docs/week1/day1-snowflake.md#laws"


def test_the_counterexample_is_shrunk(book, solve):
    entry = solve("1.5", "exp(index * LOG_GAMMA) * (1 - ALPHA)", "exp(index * LOG_GAMMA) * (1 + ALPHA)")

    verdict = grade(book, [entry]).days[0].verdicts[0]

    assert verdict.outcome == "failed"
    assert verdict.counterexample.count(",") == 0, "one value is enough to see it"


@pytest.mark.parametrize("source", ["def f(:\n", "x = '\0'\n", "if True:\nx = 1\n", "\tx\n  y\n"])
def test_a_file_that_is_not_python_is_bad_input_with_its_line(book, source):
    entry = resolve(book, "1.3")[0]
    entry.exercise(book).write_text(source)

    with pytest.raises(BadInput, match=r"exercises/week1/day3_cache.py") as caught:
        grade(book, syllabus.entries(book))
    assert "\n" not in str(caught.value)


def test_a_missing_exercise_is_bad_input(book):
    resolve(book, "1.2")[0].exercise(book).unlink()

    with pytest.raises(BadInput, match="is missing"):
        grade(book, syllabus.entries(book))


def test_equal_seeds_give_equal_verdicts(book, solve):
    entry = solve("1.5", "exp(index * LOG_GAMMA) * (1 - ALPHA)", "exp(index * LOG_GAMMA) * (1 + ALPHA)")

    assert grade(book, [entry], seed=5) == grade(book, [entry], seed=5)


def test_what_a_check_says_to_read_is_there(book):
    found = grade(book, syllabus.entries(book), whose="null")

    for page, _, anchor in {verdict.read.partition("#") for day in found.days for verdict in day.verdicts}:
        assert anchor == "laws"
        assert "\n## Laws" in (packaged().root / page).read_text(encoding="utf-8")


def test_the_points_of_a_day_are_those_of_its_checks(book):
    found = grade(book, syllabus.entries(book), whose="null")

    for graded in found.days:
        assert sum(verdict.points for verdict in graded.verdicts) == graded.points == 100
