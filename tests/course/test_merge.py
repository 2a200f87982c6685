"""Three-way merge."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.course.merge import merge

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "\n"]), max_size=8).map("".join)


def test_changes_in_different_places_both_stay():
    assert merge("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n") == "A\nb\nc\nD\n"


def test_changes_in_one_place_are_no_answer():
    assert merge("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n") is None


@given(LINES, LINES)
def test_what_only_one_side_changed_is_taken(base, other):
    assert merge(base, other, base) == other
    assert merge(base, base, other) == other


@given(LINES, LINES)
def test_the_same_change_on_both_sides_is_taken_once(base, other):
    assert merge(base, other, other) == other


@given(LINES, LINES, LINES)
def test_the_order_of_the_sides_does_not_matter(base, mine, theirs):
    assert merge(base, mine, theirs) == merge(base, theirs, mine)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git merge-file, which is not here")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=4), st.lists(st.integers(0, 30), max_size=4))
def test_edits_far_apart_merge_as_git_merges_them(tmp_path_factory, mine_at, theirs_at):
    base = [f"line {number}\n" for number in range(40)]
    mine, theirs = list(base), list(base)
    for number in mine_at:
        mine[number] = f"mine {number}\n"
    for number in theirs_at:
        theirs[number] = f"theirs {number}\n"
    folder = tmp_path_factory.mktemp("merge")
    for name, lines in (("base", base), ("mine", mine), ("theirs", theirs)):
        (folder / name).write_text("".join(lines))
    git = subprocess.run(
        ["git", "merge-file", "-p", "mine", "base", "theirs"], cwd=folder, capture_output=True, text=True, check=False
    )

    merged = merge("".join(base), "".join(mine), "".join(theirs))

    if git.returncode == 0:
        assert merged == git.stdout
    elif set(mine_at) & set(theirs_at):
        assert merged is None
