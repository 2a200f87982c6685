"""The checks are proven: each named mistake is caught by its own law, and small changes are caught by some law."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from twitterlab.course import machine_mutants, mutants, syllabus, workbook
from twitterlab.course.mutants import mutant
from twitterlab.errors import BadInput

BOOK = workbook.find(Path(__file__))
ENTRIES = syllabus.entries(BOOK)
NAMED = [(entry, one) for entry in ENTRIES for one in mutants.mutants(entry)]
FAST = {"decode swaps machine and sequence", "a failure holds up everybody"}
LINE = "def f(a):\n    return {}\n"


def source(entry):
    return entry.solution(BOOK).read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.day_id)
def test_every_part_has_eight_mutants_with_names_of_their_own_and_every_law_has_one(entry):
    named = mutants.mutants(entry)

    assert len({one.name for one in named}) == len(named) >= 8
    assert {one.law for one in named} == set(range(1, max(one.law for one in named) + 1))


@pytest.mark.parametrize(("entry", "one"), NAMED, ids=lambda value: getattr(value, "name", ""))
def test_every_mutant_fits_the_solution_and_is_python(entry, one):
    compile(one.applied(source(entry)), one.name, "exec")


def test_a_mutant_that_no_longer_fits_is_an_error():
    with pytest.raises(BadInput, match="0 times in the solution"):
        mutant("stale", 1, ("not there", "")).applied("a = 1\n")


@pytest.mark.parametrize(
    ("entry", "one"),
    [pytest.param(*each, marks=() if each[1].name in FAST else pytest.mark.slow) for each in NAMED],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_mutant_is_caught_by_exactly_the_law_it_names(entry, one):
    trial = mutants.attempt(BOOK, entry, one, seed=0)

    assert trial.laws == (one.law,), [verdict.check for verdict in trial.verdicts if verdict.outcome == "failed"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.day_id)
def test_every_survivor_with_a_reason_is_a_mutant_of_exactly_so_many_lines(entry):
    made = Counter((one.where, one.was, one.now) for one in machine_mutants.mutants(source(entry)))

    excused = machine_mutants.survivors(BOOK, entry)

    assert {key: made[key] for key in excused} == {key: excuse.lines for key, excuse in excused.items()}
    assert all(excuse.reason.endswith(".") for excuse in excused.values())


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("a < 1", {"(a <= 1)", "a < (2)", "a < (0)"}),
        ("a is not None", {"(a is None)"}),
        ("a + 2", {"(a - 2)", "a + (3)", "a + (1)"}),
        ("a and True", {"(a or True)", "a and (False)"}),
        ("not a", {"(a)"}),
        ("f(a, b)", {"(f(b, a))"}),
        ("max(a, b)", {"(a)"}),
        ("dict(a, strict=True)", set()),
        ("'SELECT id WHERE id < 1'", {"'SELECT id WHERE id <= 1'"}),
        ("'I select < nothing'", set()),
    ],
)
def test_an_expression_is_changed_in_each_way_it_can_be(was, now):
    made = {one.source for one in machine_mutants.mutants(f"# BEGIN SOLUTION\n{LINE.format(was)}# END SOLUTION\n")}

    wanted = {f"# BEGIN SOLUTION\n{LINE.format(each)}# END SOLUTION\n" for each in now}
    assert made - wanted == {f"# BEGIN SOLUTION\n{LINE.format('None')}# END SOLUTION\n"}
    assert wanted <= made


def test_only_what_a_student_writes_is_changed():
    text = "GIVEN = 1\n# BEGIN SOLUTION\nMINE = 1\n# END SOLUTION\nTHEIRS = 1\n"

    made = list(machine_mutants.mutants(text))

    assert [(one.was, one.now) for one in made] == [("MINE = 1", "MINE = (2)"), ("MINE = 1", "MINE = (0)")]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.day_id)
def test_every_machine_made_mutant_is_python_and_differs_from_all_others(entry):
    made = [one.source for one in machine_mutants.mutants(source(entry))]

    for text in made:
        compile(text, "mutant", "exec")
    assert len(made) == len(set(made)) >= 30
