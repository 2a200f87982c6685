"""Every plot of week 2's labs is in its lesson, as it was drawn from a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twitterlab.cli.dev_plots import card, shown
from twitterlab.course import workbook
from twitterlab.course.lab import run_lab
from twitterlab.stage.options import LabOptions
from twitterlab.stage.week2 import LABS

BOOK = workbook.find(Path(__file__))
PAGES = BOOK.docs / "week2"
DRAWN = sorted(path.name for path in (PAGES / "img").glob("lab-*.svg"))
NAMED = [
    name
    for page in sorted(PAGES.glob("*.md"))
    for name in re.findall(r"!\[[^\]]+\]\(img/(lab-[\w-]+\.svg)\)", page.read_text("utf-8"))
]


def test_every_lab_and_the_main_run_have_a_plot() -> None:
    assert {name.split("-")[1] for name in DRAWN} == {*LABS, "main"}


def test_every_plot_is_on_a_page_of_the_week_and_every_one_that_is_named_is_there() -> None:
    assert sorted(set(NAMED)) == DRAWN


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_has_its_background_and_fetches_nothing(name: str) -> None:
    drawn = (PAGES / "img" / name).read_text("utf-8")

    assert drawn.startswith("<svg ")
    assert '<rect width="800" height="350" rx="8" fill="#fff"/>' in drawn
    assert not re.search(r"(href|src|url\()\s*=?\s*[\"']?https?:", drawn)


@pytest.mark.slow
@pytest.mark.parametrize("lab", ["a", "f"])
def test_a_plot_on_a_page_is_what_its_lab_finds(lab: str) -> None:
    """`twitterlab dev plots` makes them anew."""
    report = run_lab(BOOK, 2, LabOptions(lab=lab), mine=False)

    for number, plot in enumerate(shown(report), 1):
        assert (PAGES / "img" / f"lab-{lab}-{number}.svg").read_text("utf-8") == card(plot)
