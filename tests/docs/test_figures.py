"""A figure quoted on a page is the figure of the run that it links to."""

from __future__ import annotations

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
