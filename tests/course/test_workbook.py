"""A workbook is found from any folder inside it, and the packaged one stands in only where that is asked for."""

from __future__ import annotations

import pytest

from twitterlab.course import workbook
from twitterlab.course.workbook import Workbook
from twitterlab.errors import BadInput, TwitterlabError


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "my twitter"
    (folder / "exercises" / "week1").mkdir(parents=True)
    (folder / "workbook.toml").write_text("schema = 1\n")
    return folder


@pytest.mark.parametrize("inside", [".", "exercises", "exercises/week1"])
def test_it_is_found_from_any_folder_inside(root, inside, monkeypatch):
    monkeypatch.chdir(root / inside)

    assert workbook.find() == workbook.find(root / inside) == Workbook(root, True)


def test_its_rooms_lie_below_its_root(root):
    book = Workbook(root, True)

    rooms = (book.weeks, book.exercises, book.solutions, book.docs, book.state)
    assert [room.relative_to(root).as_posix() for room in rooms] == [
        "weeks",
        "exercises",
        "solutions",
        "docs",
        ".twitterlab",
    ]


def test_the_nearest_one_counts(root):
    inner = root / "exercises" / "week1"
    (inner / "workbook.toml").touch()

    assert workbook.find(inner).root == inner


def test_outside_one_is_bad_input_that_says_where_we_are(tmp_path):
    with pytest.raises(BadInput) as refused:
        workbook.find(tmp_path)

    assert str(tmp_path) in refused.value.problem
    assert "workbook.toml" in refused.value.next_step


@pytest.mark.parametrize("text", ["schema = 2", "schema = ", "schema = '1'"])
def test_one_that_we_cannot_read_is_bad_input_also_where_the_packaged_one_would_do(root, text):
    (root / "workbook.toml").write_text(text)

    for look in (workbook.find, workbook.find_or_packaged):
        with pytest.raises(BadInput, match=r"workbook\.toml"):
            look(root)


def test_outside_one_the_packaged_one_stands_in(tmp_path, root):
    assert workbook.find_or_packaged(root) == Workbook(root, True)
    assert workbook.find_or_packaged(tmp_path) == workbook.packaged()
    assert not workbook.packaged().is_own


def test_the_packaged_one_is_inside_the_package_else_beside_it(tmp_path):
    package = tmp_path / "site-packages" / "twitterlab"
    (package / "_workbook").mkdir(parents=True)

    with pytest.raises(TwitterlabError, match="carries no workbook"):
        workbook.packaged(package)
    (package.parent / "workbook.toml").touch()
    assert workbook.packaged(package) == Workbook(package.parent, False)
    (package / "_workbook" / "workbook.toml").touch()
    assert workbook.packaged(package) == Workbook(package / "_workbook", False)
