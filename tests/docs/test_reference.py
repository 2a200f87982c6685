"""The reference pages are as the code makes them, and every command is documented."""

from __future__ import annotations

from pathlib import Path

import typer

from twitterlab.cli.app import app
from twitterlab.course import manual, reference, syllabus, workbook

BOOK = workbook.find(Path(__file__))
COMMANDS = typer.main.get_command(app)
PAGES = {path.name: text for path, text in reference.generate(BOOK, COMMANDS).items()}


def test_the_committed_pages_are_fresh() -> None:
    stale = [path.name for path in reference.differing(reference.generate(BOOK, COMMANDS))]

    assert stale == [], "run `twitterlab dev docs`"


def test_every_command_says_what_it_does_and_gives_an_example() -> None:
    assert manual.undocumented(COMMANDS) == []


def test_a_command_without_an_example_and_an_option_without_a_word_are_found() -> None:
    bare = typer.Typer()

    @bare.command()
    def quiet(loud: bool = False) -> None:
        """Says what it does."""

    @bare.command()
    def other() -> None:
        """Says it. Example: twitterlab other"""

    assert manual.undocumented(typer.main.get_command(bare)) == ["twitterlab quiet", "twitterlab quiet loud"]


def test_the_page_of_commands_has_a_section_for_each_example() -> None:
    sections = [line.removeprefix("## ") for line in PAGES["cli.md"].splitlines() if line.startswith("## ")]

    assert {"twitterlab week", "twitterlab check", "twitterlab dev docs"} <= set(sections)
    assert PAGES["cli.md"].count("\nExample: `twitterlab ") == len(sections)


def test_every_law_of_every_contract_is_on_the_page_of_parts() -> None:
    for entry in syllabus.entries(BOOK):
        section = PAGES["parts.md"].partition(f"\n## {entry.slot.name}\n")[2].partition("\n## ")[0]

        for law in range(1, 7 if entry.slot.name != "snowflake" else 6):
            assert f"\n{law}. " in section, f"law {law} of {entry.slot.name}"
        for method in entry.slot.methods:
            assert f"def {method}(" in section


def test_the_syllabus_names_every_day_and_target() -> None:
    for entry in syllabus.entries(BOOK):
        assert f"| [{entry.day_id}](" in PAGES["syllabus.md"]
        assert all(f"| `{name}` |" in PAGES["syllabus.md"] for name in entry.week.targets)


def test_what_is_written_is_no_longer_stale(tmp_path: Path) -> None:
    pages = {tmp_path / "reference" / "a.md": "text\n"}

    assert reference.differing(pages) == pages
    reference.write(pages)
    assert reference.differing(pages) == {}
