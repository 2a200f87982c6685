"""An exercise is its solution without the marked regions, and nothing else is lost."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.course import starters, syllabus
from twitterlab.course.starters import starter
from twitterlab.course.workbook import Workbook, packaged
from twitterlab.errors import BadInput

SOLUTION = dedent('''\
    """Day 9.9, adder: adds."""

    import math

    # BEGIN SOLUTION
    STEP = 1
    # END SOLUTION


    class Adder:
        """Adds."""

        def add(self, left: int, right: int) -> int:
            """The sum."""

            # BEGIN SOLUTION: put "both" together
            def both() -> int:
                return left + right

            return both()
            # END SOLUTION

        # BEGIN SOLUTION
        def _secret(self) -> str:
            return "# BEGIN SOLUTION: only a string"

        # END SOLUTION

        def last(self) -> float:
            """Given away."""
            return math.pi


    # BEGIN SOLUTION
    def _helper() -> None:
        pass


    # END SOLUTION
''')
EXERCISE = dedent('''\
    """Day 9.9, adder: adds."""

    import math


    class Adder:
        """Adds."""

        def add(self, left: int, right: int) -> int:
            """The sum."""
            # TODO(you): put "both" together
            raise NotImplementedError("put \\"both\\" together")

        def last(self) -> float:
            """Given away."""
            return math.pi
''')


def test_a_region_with_a_hint_becomes_the_hint_and_one_without_vanishes():
    assert starter(SOLUTION, "adder.py") == EXERCISE


def test_what_was_taken_out_raises_its_hint():
    namespace: dict = {}
    exec(starter(SOLUTION, "adder.py"), namespace)

    with pytest.raises(NotImplementedError, match='put "both" together'):
        namespace["Adder"]().add(1, 2)


WRONG = {
    "nested": ("# BEGIN SOLUTION", 6, "begins inside the region of line 5"),
    "stray end": ("# END SOLUTION", 3, "did not begin"),
    "open": ("# BEGIN SOLUTION", len(SOLUTION.splitlines()) + 1, "has no end"),
    "misspelt": ("# BEGIN SOLUTON: oops", 3, "a marker is"),
    "lower case": ("# begin solution", 3, "a marker is"),
    "hint without a space": ("# BEGIN SOLUTION:oops", 3, "a marker is"),
    "after code": ("x = 1  # BEGIN SOLUTION", 3, "alone on its line"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_markers_are_refused_with_their_line(case):
    line, number, why = WRONG[case]
    lines = SOLUTION.splitlines()
    lines.insert(number - 1, line)

    with pytest.raises(BadInput) as refused:
        starter("\n".join(lines), "adder.py")

    assert refused.value.problem.startswith(f"adder.py:{number}: ")
    assert why in refused.value.problem


def test_a_hint_at_the_left_margin_is_refused_since_the_exercise_could_not_be_imported():
    with pytest.raises(BadInput, match=r"a\.py:1: a hint stands inside a function"):
        starter("# BEGIN SOLUTION: think\nx = 1\n# END SOLUTION\n", "a.py")


def test_a_hint_too_long_for_its_line_is_refused():
    with pytest.raises(BadInput, match=r"a\.py:2: the hint makes a line of more than 120"):
        starter(f"def f():\n    # BEGIN SOLUTION: {'x' * 100}\n    pass\n    # END SOLUTION\n", "a.py")


def test_a_region_that_leaves_no_python_is_refused():
    with pytest.raises(BadInput, match="what is left of the exercise is not Python"):
        starter("def f():\n    # BEGIN SOLUTION\n    pass\n    # END SOLUTION\n", "a.py")


@st.composite
def solutions(draw):
    """A class of methods with and without docstrings, each given, hinted or hidden."""
    lines = ["import math", "", "", "class Part:", '    """A part."""']
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(("given", "hinted", "hidden")))
        body = [f'        """Method {number}."""'] if draw(st.booleans()) else []
        code = ["        answer = math.pi", "", f"        return answer * {number}"]
        if kind == "hinted":
            code = ["        # BEGIN SOLUTION: think", *code, "        # END SOLUTION"]
        method = [f"    def method{number}(self, x: int = {number}) -> float:", *body, *code]
        lines += ["", *(["    # BEGIN SOLUTION", *method, "", "    # END SOLUTION"] if kind == "hidden" else method)]
    return "\n".join(lines) + "\n"


@given(solutions())
def test_an_exercise_parses_keeps_what_is_outside_and_is_its_own_starter(source):
    made = starter(source, "part.py")

    assert starter(made, "part.py") == made
    assert starters.is_not_started(made, made)
    assert "SOLUTION" not in made
    outside = [
        (node.name, ast.get_docstring(node), ast.dump(node.args))
        for node in ast.walk(ast.parse(made))
        if isinstance(node, ast.FunctionDef)
    ]
    hidden = source.count("    # BEGIN SOLUTION\n    def")
    assert len(outside) == source.count("def method") - hidden
    assert all(f"def {name}(" in source for name, _, _ in outside)
    assert made.startswith("import math\n\n\nclass Part:\n")


@given(st.sampled_from(["# a thought\n", "\n\n", "   \n"]), st.integers(0, 5))
def test_comments_and_blank_lines_are_not_a_start(noise, line):
    lines = EXERCISE.splitlines(keepends=True)
    at = [0, 2, 4, 7, 11, len(lines)][line]

    assert starters.is_not_started("".join([*lines[:at], noise, *lines[at:]]), EXERCISE)


@pytest.mark.parametrize("source", [SOLUTION, EXERCISE.replace("raise", "pass; raise"), "def (", "\0", ""])
def test_anything_else_is_a_start(source):
    assert not starters.is_not_started(source, EXERCISE)


@pytest.mark.parametrize("slot", [entry.slot for entry in syllabus.entries(packaged())], ids=lambda slot: slot.name)
def test_an_exercise_of_the_course_keeps_the_signatures_docstrings_and_laws_and_gives_nothing_away(slot):
    book = packaged()
    solution = ast.parse((book.solutions / slot.file).read_text(encoding="utf-8"))
    exercise = ast.parse(starters.generate(book)[book.exercises / slot.file])

    before, after = _methods(solution, slot.part), _methods(exercise, slot.part)

    assert set(after) == {"__init__", *slot.methods} & set(before)
    for name in slot.methods:
        assert ast.dump(before[name].args) == ast.dump(after[name].args)
        assert ast.get_docstring(after[name]) == ast.get_docstring(before[name]) is not None
        *_, last = after[name].body
        assert isinstance(last, ast.Raise), "the body is the student's"
    assert f"twitterlab.parts.{slot.name}.{slot.contract}" in (_docstring(exercise, slot.part) or "")
    assert [ast.dump(node) for node in _imports(exercise)] == [ast.dump(node) for node in _imports(solution)]


def _class(tree, name):
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def _docstring(tree, name):
    return ast.get_docstring(_class(tree, name))


def _methods(tree, name):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in _class(tree, name).body if isinstance(node, kinds)}


def _imports(tree):
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.fixture
def book(tmp_path):
    """A workbook of one part."""
    path = tmp_path / "solutions" / "week9" / "day9_adder.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOLUTION, newline="\n")
    return Workbook(tmp_path, True)


def test_a_missing_exercise_is_written(book):
    assert list(starters.differing(book).values()) == ["is missing"]

    assert starters.write(book, starters.differing(book), overwrite=False) == {}

    assert (book.exercises / "week9" / "day9_adder.py").read_bytes() == EXERCISE.encode()


def test_work_in_an_exercise_is_not_touched_unless_asked_and_then_kept(book):
    path = book.exercises / "week9" / "day9_adder.py"
    path.parent.mkdir(parents=True)
    for work in ("my work", "my second work"):
        path.write_text(work)
        left = starters.write(book, starters.differing(book), overwrite=False)
        assert path.read_text() == work
        assert list(left) == [path]

        assert starters.write(book, left, overwrite=True) == {}
        assert path.read_text() == EXERCISE

    kept = sorted((book.state / "kept").rglob("day9_adder.py.*"))
    assert [copy.read_text() for copy in kept] == ["my work", "my second work"]


def test_an_exercise_without_a_solution_is_named_and_goes_to_what_is_kept(book):
    starters.write(book, starters.differing(book), overwrite=False)
    stale = book.exercises / "week9" / "day8_gone.py"
    stale.write_text("pass\n")

    assert starters.differing(book) == {stale: "has no solution"}
    assert starters.write(book, [stale], overwrite=True) == {}
    assert not stale.exists()


def test_other_line_endings_are_a_difference(book):
    starters.write(book, starters.differing(book), overwrite=False)
    path = book.exercises / "week9" / "day9_adder.py"
    path.write_bytes(EXERCISE.replace("\n", "\r\n").encode())

    assert list(starters.differing(book)) == [path]
