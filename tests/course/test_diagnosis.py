"""An exception of a check becomes what a student can use."""

from __future__ import annotations

import pytest

from twitterlab.course.checks import CheckFailed
from twitterlab.course.diagnosis import TEXT_CHARS, clip, diagnose, last_line

SOURCE = """class Part:
    def answer(self, question, *, limit=3):
        left = limit
        return self.helper(question) + left

    def helper(self, question):
        if question == 0:
            raise KeyError(question)
        return 40
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "exercises" / "week1" / "day1_part.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE)
    return path


@pytest.fixture
def part(path):
    names = {}
    exec(compile(SOURCE, str(path), "exec"), names)
    return names["Part"]()


def caught(run):
    try:
        run()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_line_is_the_deepest_of_the_part_and_the_call_the_outermost(part, path):
    found = diagnose(caught(lambda: part.answer(0)), path)

    assert (found.outcome, found.happened) == ("error", "KeyError: 0")
    assert found.line == "exercises/week1/day1_part.py:8: raise KeyError(question)"
    assert found.counterexample == "answer(question=0, limit=3)"


def test_a_failed_expectation_carries_its_words(path):
    found = diagnose(CheckFailed("4", "it was 5", "answer(1)"), path)

    assert (found.outcome, found.expected, found.happened, found.counterexample) == (
        "failed",
        "4",
        "it was 5",
        "answer(1)",
    )


def test_a_failed_expectation_may_name_a_line_by_what_is_in_it(path):
    assert diagnose(CheckFailed("a", "b", about="def helper"), path).line.endswith(":6: def helper(self, question):")


def test_without_a_line_in_the_traceback_the_last_that_ran_is_found(part, path):
    def check():
        raise CheckFailed("43", f"it was {part.answer(1, limit=2)}")

    assert diagnose(caught(check), path).line == ""
    assert last_line(check, path) == "exercises/week1/day1_part.py:9: return 40"


def test_a_second_run_that_does_not_fail_names_no_line(part, path):
    assert last_line(lambda: part.answer(1), path) == ""


def test_the_shrunk_example_of_hypothesis_is_taken(path):
    error = CheckFailed("a", "b")
    error.add_note("Falsifying example: near(\n    values=[0.5],\n    q=0.0,\n)")

    assert diagnose(error, path).counterexample == "near(values=[0.5], q=0.0)"


def test_what_is_not_written_yet_is_said_so(path):
    assert diagnose(NotImplementedError("three cases"), path).happened == "this is not written yet: three cases"


def test_of_a_group_the_first_error_counts(path):
    assert diagnose(ExceptionGroup("two", [KeyError("a"), ValueError("b")]), path).happened == "KeyError: 'a'"


def test_running_out_of_memory_is_an_outcome_of_its_own(path):
    assert diagnose(MemoryError(), path).outcome == "memory"


def test_a_long_text_is_cut_and_a_text_that_cannot_be_made_is_said_so():
    class Rude:
        def __str__(self):
            raise ValueError

    assert clip("x" * 5_000).endswith("… (5,000 characters)")
    assert len(clip("x" * 5_000)) < TEXT_CHARS + 30
    assert clip(Rude()) == "a Rude that cannot be shown (ValueError)"


def test_addresses_are_left_out():
    assert clip("<Part object at 0x7f00ab>") == "<Part object>"


def test_a_terminal_is_not_told_what_to_do():
    assert clip("\x1b[2J\x07 gone\r\nnext\tcolumn \x9b") == "?[2J? gone?\nnext\tcolumn ?"
