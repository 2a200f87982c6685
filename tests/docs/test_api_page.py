"""The page about the API names what is there."""

from __future__ import annotations

import re
from pathlib import Path

from twitterlab.edge.problems import STATUS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()


def test_every_test_that_is_named_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)

    assert len(named) > 25
    for path, name in named:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE), (path, name)


def test_every_problem_is_told_with_its_status():
    told = PAGE[PAGE.index("- **Problems**") :].splitlines()[0]

    for kind, (status, _) in STATUS.items():
        assert f"`{kind}`" in told and str(status) in told
