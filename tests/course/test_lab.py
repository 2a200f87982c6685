"""A lab with a student's parts, in a child that its parent watches."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twitterlab.course import lab
from twitterlab.course.lab import LabStopped, run_lab
from twitterlab.course.starters import generate
from twitterlab.course.workbook import Workbook, packaged
from twitterlab.errors import BadInput
from twitterlab.stage.options import LabOptions

SMALL = LabOptions(users=30, seconds=0.5, engine="memory")


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    """A workbook of one's own in which nothing is begun."""
    home = packaged()
    root = tmp_path / "book"
    for name in ("weeks", "solutions", "exercises"):
        shutil.copytree(home.root / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(home.root / "workbook.toml", root)
    own = Workbook(root, is_own=True)
    for path, text in generate(own).items():
        path.write_text(text, encoding="utf-8")
    return own


def wrong(book: Workbook, day: str, right: str, instead: str) -> None:
    """Put a solution with one mistake into the exercises."""
    source = (book.solutions / "week1" / f"{day}.py").read_text(encoding="utf-8")
    assert right in source
    (book.exercises / "week1" / f"{day}.py").write_text(source.replace(right, instead), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "right", "instead", "figure", "suspect"),
    [
        (
            "day1_snowflake", "        if self._sequence == 1 <<", "        self._sequence = 0\n        if self._sequence == 1 <<",
            "id_collisions", "snowflake (mine)",
        ),
        ("day3_cache", "                    pipe.pexpire(key, ttl_s * 1000)\n", "", "entries_past_ttl", "cache (mine)"),
        (
            "day4_queue", "    try:\n        missing =", "    if event.id % 2:\n        return None\n    try:\n        missing =",
            "worker_death_lost", "queue (mine)",
        ),
    ],
)  # fmt: skip
def test_a_wrong_part_shows_in_a_figure_and_its_owner_is_named(
    book: Workbook, day: str, right: str, instead: str, figure: str, suspect: str
) -> None:
    wrong(book, day, right, instead)

    report = run_lab(book, 1, SMALL, mine=True)

    assert not report.is_clean
    (sentence,) = [sentence for sentence in report.blame() if sentence.startswith(figure)]
    assert sentence.endswith(f"look at {suspect}")
    assert {slot for slot, use in report.parts.items() if use.whose == "mine"} == {suspect.split(maxsplit=1)[0]}
    assert suspect.split(maxsplit=1)[0] in report.next_look()


@pytest.mark.slow
def test_the_lab_calls_every_part_and_counts() -> None:
    report = run_lab(packaged(), 1, SMALL, mine=False)

    assert set(report.parts) == {"snowflake", "schema", "cache", "queue", "meter"}
    assert all(use.whose == "reference" and use.calls > 0 for use in report.parts.values())


@pytest.mark.slow
def test_a_part_that_never_comes_back_is_named_with_its_line(book: Workbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "HANG_S", 2.0)
    wrong(
        book,
        "day3_cache",
        "        key = _key(entry)\n        try:",
        "        while True:\n            pass\n        try:",
    )

    with pytest.raises(LabStopped, match=r"Your cache did not come back \(exercises/week1/day3_cache\.py:\d+: "):
        run_lab(book, 1, SMALL, mine=True)


@pytest.mark.slow
def test_a_part_that_eats_the_memory_is_named(book: Workbook) -> None:
    hog = "        hog = []\n        while True:\n            hog.append(bytes(10_000_000))\n"
    wrong(book, "day4_queue", "        pending = await self._pending()\n        if", hog + "        if")

    with pytest.raises(LabStopped, match=r"Your queue used up 3,072 MB of memory"):
        run_lab(book, 1, SMALL, mine=True)


@pytest.mark.parametrize(
    ("right", "instead", "said"),
    [
        (
            "        self._sequence += 1",
            "        import os; os._exit(3)",
            r"Your snowflake ended the process \(exit code 3\)",
        ),
        ("        self._sequence += 1", "        raise SystemExit", "Your snowflake broke: SystemExit"),
    ],
)
def test_a_part_that_ends_the_process_is_named(book: Workbook, right: str, instead: str, said: str) -> None:
    wrong(book, "day1_snowflake", right, instead)

    with pytest.raises(LabStopped, match=said):
        run_lab(book, 1, SMALL, mine=True)


def test_tables_that_sqlite_refuses_are_the_schemas(book: Workbook) -> None:
    wrong(book, "day2_schema", "CREATE INDEX IF", "CREATE INDX IF")

    with pytest.raises(LabStopped, match=r"Your schema broke: .*INDX"):
        run_lab(book, 1, LabOptions(users=30, seconds=0.5), mine=True)


def test_a_syntax_error_is_bad_input_before_anything_runs(book: Workbook) -> None:
    (book.exercises / "week1" / "day3_cache.py").write_text("class AsideCache(:\n", encoding="utf-8")

    with pytest.raises(BadInput, match=r"exercises/week1/day3_cache\.py:1"):
        run_lab(book, 1, SMALL, mine=True)


@pytest.mark.parametrize(
    ("number", "options"),
    [
        (9, LabOptions()),
        (1, LabOptions(users=-1)),
        (1, LabOptions(users=0)),
        (1, LabOptions(seconds=-1.0)),
        (1, LabOptions(engine="oracle")),
        (1, LabOptions(graph=Path("nowhere.edges"))),
    ],
)
def test_what_cannot_be_run_is_bad_input(number: int, options: LabOptions) -> None:
    with pytest.raises(BadInput):
        run_lab(packaged(), number, options, mine=False)
