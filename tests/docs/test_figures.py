"""A figure quoted on a page is the figure of the run that it links to."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
QUOTED = re.compile(r'\[([\d,.]+)( \w+)?\]\(([\w./-]*evidence/[\w-]+)/README\.md "([a-z0-9_/ ]+)"\)')


def quoted() -> Iterator[tuple[Path, str, Path, str]]:
    """(page, value as written, folder of the run, name of the figure or `one / other`)."""
    for page in sorted(DOCS.rglob("*.md")):
        for found in QUOTED.finditer(page.read_text(encoding="utf-8")):
            yield page, found[1], page.parent / found[3], found[4]


def measured(run: Path, name: str) -> float:
    figures = {one["name"]: one["measured"] for one in json.loads((run / "report.json").read_text())["figures"]}
    over, _, under = name.partition(" / ")
    return float(figures[over] / (figures[under] if under else 1))


@pytest.mark.parametrize("quote", list(quoted()), ids=lambda quote: f"{quote[0].stem}: {quote[3]}")
def test_a_quoted_figure_is_the_measured_one(quote: tuple[Path, str, Path, str]) -> None:
    _, written, run, name = quote
    decimals = len(written.partition(".")[2])

    assert written == f"{measured(run, name):,.{decimals}f}"


def test_the_lessons_quote_figures() -> None:
    assert len({page for page, *_ in quoted()}) >= 3


def test_the_steps_told_in_lesson_1_2_are_those_of_the_check() -> None:
    bench = importlib.import_module("weeks.week1.checks.schema_bench")
    part = importlib.import_module("solutions.week1.day2_schema").SocialSchema
    small, large = bench.Base(part, 200), bench.Base(part, 2_000)
    lesson = (DOCS / "week1" / "day2-schema.md").read_text(encoding="utf-8")

    page, counts = ((small.steps(name), large.steps(name)) for name in ("author_page", "user_counts"))

    assert f"takes {page[0]} steps with 200 tweets, and {page[1]} with 2,000" in lesson
    assert f"take {counts[0]} and {counts[1]};" in lesson
