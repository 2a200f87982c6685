"""The main run of week 2 while somebody watches: it tells its gauges, takes orders from a file, and stays one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twitterlab.bench.report import Report
from twitterlab.course.system import system_of
from twitterlab.stage.options import LabOptions
from weeks.week2 import labs

SYSTEM = system_of(2, mine=False)
pytestmark = pytest.mark.slow


def watched(orders: Path | None, heard: list[Any] | None = None) -> Report:
    tell = None if heard is None else heard.append
    return labs.run(SYSTEM, LabOptions(users=300, seconds=3, tell=tell, orders=orders))


def test_a_watched_run_tells_takes_orders_and_is_the_same_each_time(tmp_path: Path) -> None:
    orders, heard = tmp_path / "orders", list[Any]()
    orders.write_text("pace 64\n@2 kill asia\n", encoding="utf-8")

    one, other = watched(orders, heard), watched(orders)

    told = {kind: fields for _, kind, fields in heard}
    figures = {figure.name: figure.measured for figure in one.figures}
    assert set(told["breakable"]["what"]) == {"kill", "restart", "partition", "heal", "add"}
    assert len([kind for _, kind, _ in heard if kind == "regions"]) == 1 + 23
    assert told["order"] == {"text": "kill asia"}
    assert figures["orders"] == 1
    assert figures["acknowledged_writes_lost"] == 0
    assert one.trace.sha256 == other.trace.sha256


def test_who_only_watches_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "orders").write_text("pace 64\n", encoding="utf-8")

    watching, alone = watched(tmp_path / "orders", []), watched(None)

    assert watching.trace.sha256 == alone.trace.sha256
    assert "orders" not in {figure.name for figure in watching.figures}
