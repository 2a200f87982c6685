"""The page about scenarios does what it says."""

from __future__ import annotations

import re
from pathlib import Path

from twitterlab.stage import simulation
from twitterlab.stage.scenario import case_of, run
from twitterlab.stage.scenarios.primary_backup import EARLY
from twitterlab.stage.shrink import Shrinker

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")


def test_the_file_of_the_page_runs_and_a_few_seeds_break_its_promise(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "lock.py").write_text(code, encoding="utf-8")

    judged = simulation.run_seeds(str(tmp_path / "lock.py"), range(201), None)

    broken = [one for one in judged if one.violations]
    assert 2 <= len(broken) <= 10
    assert all("one holder" in one.violations[0] for one in broken)


def test_the_story_of_the_page_is_the_one_that_shrinking_tells():
    outcome = Shrinker(EARLY).shrink(case_of(EARLY, 56))

    told = simulation.story(EARLY, outcome)

    for line in told[:-1]:
        assert line in PAGE


def test_the_page_counts_right():
    broken = [seed for seed in range(60) if run(EARLY, case_of(EARLY, seed)).violations]

    assert broken == [56]
