"""The page on consistency: it names what there is, and its scenario breaks and keeps its promises as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twitterlab.bench.consistency.judging import CONSISTENCIES
from twitterlab.bench.transactions.levels import LEVELS
from twitterlab.stage import promises, simulation, told_run
from twitterlab.stage.scenario import case_of

PAGE = (Path(__file__).parents[2] / "docs" / "consistency.md").read_text(encoding="utf-8")
(SCENARIO,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def broken(code: str, folder: Path) -> list[str]:
    """What 61 seeds of a scenario file break, by seed."""
    file = folder / "regions.py"
    file.write_text(code, encoding="utf-8")
    judged = simulation.run_seeds(str(file), range(61), None)
    return [f"seed {one.seed}: {one.violations[0]}" for one in judged if one.violations]


@pytest.mark.slow
def test_the_regions_break_their_promises_as_the_page_says(tmp_path):
    told = broken(SCENARIO, tmp_path)

    assert len(told) == 24
    assert all(line in PAGE for line in told[:4])


@pytest.mark.slow
def test_with_the_newest_winning_they_keep_them(tmp_path):
    assert broken(SCENARIO.replace("NEWEST_WINS = False", "NEWEST_WINS = True"), tmp_path) == []


@pytest.mark.slow
def test_a_failed_run_is_drawn_for_what_its_scenario_promises(tmp_path):
    file = tmp_path / "regions.py"
    file.write_text(SCENARIO, encoding="utf-8")
    scenario = simulation.find(str(file))

    small = told_run.smaller(
        scenario, str(file), case_of(scenario, 12), tmp_path / "small", lambda calls, faults: None, seconds=60
    )

    page = (tmp_path / "small" / "history.html").read_text(encoding="utf-8")
    assert small.is_drawn and small.calls[1] < 10
    assert "judged for session consistency" in page and "read your writes" in page


def test_every_consistency_and_every_level_is_on_the_page():
    consistencies, levels = (
        re.findall(r"^\| `(\w[\w-]*)` \|", part, re.MULTILINE) for part in PAGE.split("\n## Transactions\n")
    )

    assert consistencies == ["linearizable", *CONSISTENCIES]
    assert levels[: len(LEVELS)] == list(LEVELS)


def test_every_promise_of_the_page_exists():
    table = PAGE.partition("| promise | |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`(\w+)", cell)]

    assert len(names) > 8
    assert all(callable(getattr(promises, name)) for name in names)
