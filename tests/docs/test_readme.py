"""The README leads somewhere: its links are there, and its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from twitterlab.cli.app import app
from twitterlab.course import manual

ROOT = Path(__file__).resolve().parents[2]
TOLD = ("README.md", *(f"docs/{name}.md" for name in ("index", "students", "instructors", "contributors", "questions")))


def commands() -> set[str]:
    page = manual.page(typer.main.get_command(app))
    return set(re.findall(r"^## twitterlab (.+)$", page, re.MULTILINE))


def test_its_links_lead_to_files_of_the_repository() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_command_that_the_first_pages_name_exists() -> None:
    known = commands()
    named = {
        found
        for name in TOLD
        for found in re.findall(r"`?twitterlab ((?:dev )?[a-z][a-z-]+)", (ROOT / name).read_text(encoding="utf-8"))
        if found != "dev"
    }

    assert "week" in named
    assert sorted(named - known) == []


def test_it_says_the_two_commands_and_what_is_not_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "python3 start.py week 1" in readme
    assert "python3 start.py test" in readme
    assert "Weeks 3 to 5 are being written" in readme
