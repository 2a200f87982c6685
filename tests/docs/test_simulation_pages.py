"""The pages about simulation: their programs run and print what the pages say, their tables are complete."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from twitterlab.model.event import EVENT_KINDS, SCENARIO_KINDS
from twitterlab.model.fault import FAULTS, Fault
from twitterlab.world.plan_file import from_json

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("simulation.md", "reference/trace.md", "reference/faults.md")
PROGRAM = re.compile(r"```python\n(.*?)```(?:(?!```).)*?```text\n(.*?)```", re.DOTALL)


def programs() -> list[tuple[str, str, str]]:
    """Every program of the pages, with the output that follows it."""
    return [(page, *found) for page in PAGES for found in PROGRAM.findall((DOCS / page).read_text(encoding="utf-8"))]


def table(page: str) -> list[str]:
    """The first table of a page without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = re.search(r"\| --- \|.*\n((?:\|.*\n)+)", text)
    assert rows is not None
    return rows[1].splitlines()


@pytest.mark.parametrize(("page", "program", "output"), programs(), ids=[page for page, _, _ in programs()])
def test_a_program_prints_what_the_page_says(page: str, program: str, output: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert run.stderr == ""
    assert run.stdout == output


def test_the_pages_have_programs() -> None:
    assert {page for page, _, _ in programs()} == set(PAGES)


def fault_row(kind: type[Fault]) -> str:
    """A fault as its row: name, settings with defaults, and the docstring."""
    settings = ", ".join(f"{each.name}={each.default!r}" for each in fields(kind))
    words = " ".join((kind.__doc__ or "").split())
    return f"| `{kind.__name__}({settings})` | {words} |"


def test_the_table_of_faults_is_the_vocabulary() -> None:
    assert table("reference/faults.md") == [fault_row(kind) for kind in FAULTS]


def test_the_table_of_events_is_the_vocabulary() -> None:
    rows = [
        f"| `{kind.name}` | {kind.meaning} | {', '.join(kind.fields) or 'none'} |"
        for kind in (*EVENT_KINDS, *SCENARIO_KINDS)
    ]

    assert table("reference/trace.md") == rows


def test_the_plan_of_the_page_can_be_read() -> None:
    text = (DOCS / "reference/faults.md").read_text(encoding="utf-8")
    document = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert document is not None

    assert len(from_json(document[1]).faults) == 3
