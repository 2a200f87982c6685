"""The site: every page is reachable, every anchor there, and two builders make it without a warning or a request."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twitterlab.course import syllabus, workbook

BOOK = workbook.find(Path(__file__))
DOCS = BOOK.docs
PACKAGE = BOOK.root / "twitterlab"
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
BUILDERS = {
    "mkdocs": ("build", "--strict"),
    "zensical": ("build", "--strict", "--clean"),
}
FETCHED = re.compile(r'<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="(https?:)?//', re.IGNORECASE)


def anchors(page: Path) -> set[str]:
    """What may follow `#`: headings as the table of contents names them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {_slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def _slug(heading: str) -> str:
    plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
    return re.sub(r"[\s-]+", "-", plain)


def links() -> Iterator[tuple[Path, str, str]]:
    """(page, path, anchor) of every link inside the site."""
    for page in PAGES:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in LINK.findall(text):
            if not re.match(r"[a-z]+:", target):
                path, _, anchor = target.partition("#")
                yield page, path, anchor


def test_every_link_leads_to_a_page_and_its_anchor() -> None:
    broken = []
    for page, path, anchor in links():
        aim = (page.parent / path).resolve() if path else page
        if not aim.is_file() or (anchor and anchor not in anchors(aim)):
            broken.append(f"{page.relative_to(DOCS)}: {path}#{anchor}")

    assert broken == []


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = set(re.findall(r"([\w./-]+\.md)$", (BOOK.root / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    runs = {page for page in PAGES if page.parent.parent.name == "evidence"}

    assert {page.relative_to(DOCS).as_posix() for page in PAGES if page not in runs} - listed == set()


@pytest.mark.parametrize(
    "name", ["how-it-works.md", "contributors.md", "instructors.md", "students.md", "week1/lab.md"]
)
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")

    named = set(re.findall(r"`((?:[\w.]+/)+(?:[\w.-]+\.\w+)?)`", text)) - {"runs/", ".venv/"}

    assert named or name != "how-it-works.md"
    assert [one for one in sorted(named) if not any((root / one).exists() for root in (BOOK.root, PACKAGE))] == []


def test_what_a_check_says_to_read_is_there() -> None:
    for entry in syllabus.entries(BOOK):
        checks: Any = importlib.import_module(entry.checks_module)
        marked = [look.check for look in vars(checks).values() if hasattr(look, "check")]

        assert marked
        for info in marked:
            path, _, anchor = info.read.partition("#")
            assert (BOOK.root / path).is_file()
            assert anchor in anchors(BOOK.root / path), info.read


@pytest.mark.parametrize("entry", syllabus.entries(BOOK), ids=lambda entry: entry.slot.name)
def test_a_lesson_has_all_that_a_day_needs(entry: syllabus.Entry) -> None:
    text = entry.lesson(BOOK).read_text(encoding="utf-8")
    needed = ("The concept", "Predict before you code", "The exercise", "Laws", "Troubleshooting", "What the lab shows",
              "Seen in production", "Take away")  # fmt: skip

    assert [heading for heading in needed if f"\n## {heading}\n" not in text] == []
    assert text.count("\n??? question ") >= 3
    assert re.search(r"!\[[^\]]+\]\(img/[\w-]+\.svg\)", text)
    assert len(text.split()) > 1_500


@pytest.mark.parametrize("entry", syllabus.entries(BOOK), ids=lambda entry: entry.slot.name)
def test_a_lesson_has_as_many_laws_as_its_contract(entry: syllabus.Entry) -> None:
    contract = getattr(importlib.import_module(entry.slot.module), entry.slot.contract)
    section = entry.lesson(BOOK).read_text(encoding="utf-8").partition("\n## Laws\n")[2].partition("\n## ")[0]

    numbered = re.findall(r"^(\d)\. ", section, re.MULTILINE)

    assert numbered == re.findall(r"^ +(\d)\. ", contract.__doc__ or "", re.MULTILINE)


def test_pictures_are_drawn_for_both_schemes_and_fetch_nothing() -> None:
    for picture in (*DOCS.rglob("img/*.svg"),):
        text = picture.read_text(encoding="utf-8")

        assert not re.search(r"(?:href|src)=\"https?:|url\(\"?https?:", text), picture
        assert "<rect" in text, f"{picture} has no ground of its own on a dark page"


@pytest.mark.slow
@pytest.mark.parametrize("builder", BUILDERS)
def test_the_site_builds_without_a_warning_and_needs_no_network(builder: str, tmp_path: Path) -> None:
    pytest.importorskip(builder, reason="install the dev extra to build the site")
    shutil.copy(BOOK.root / "mkdocs.yml", tmp_path)
    shutil.copytree(DOCS, tmp_path / "docs")

    command = [sys.executable, "-m", builder, *BUILDERS[builder]]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert built.returncode == 0, built.stdout + built.stderr
    made = sorted((tmp_path / "site").rglob("*.html"))
    assert len(made) >= len(PAGES)
    fetching = [
        page.name for page in made if FETCHED.search(page.read_text(encoding="utf-8")) and page.name != "404.html"
    ]
    assert fetching == []
